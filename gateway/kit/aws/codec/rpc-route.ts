/** Operation names of the RPC protocols. */
import type { AwsServiceDefinition } from '../definition.ts';

/** @param target value of `X-Amz-Target`, `TrentService.Encrypt`. @returns the operation, or undefined when unknown */
export function routeTarget(
  definition: Pick<AwsServiceDefinition, 'targetPrefix' | 'schemas'>,
  target: string,
): string | undefined {
  const dot = target.lastIndexOf('.');
  const prefix = dot < 0 ? '' : target.slice(0, dot);
  const operation = target.slice(dot + 1);
  if (definition.targetPrefix !== undefined && prefix !== definition.targetPrefix) return undefined;
  return Object.hasOwn(definition.schemas.operations, operation) ? operation : undefined;
}

/**
 * @param form fields of the body (`parseForm`) or of the query: `Action` and `Version`
 * @returns the operation, or undefined when the action is unknown or of another version
 */
export function routeQueryAction(
  definition: AwsServiceDefinition,
  form: { get(name: string): string | null | undefined },
): string | undefined {
  const action = form.get('Action');
  const version = form.get('Version');
  if (action === undefined || action === null) return undefined;
  if (
    typeof version === 'string' &&
    definition.queryVersion !== undefined &&
    version !== definition.queryVersion
  ) {
    return undefined;
  }
  return Object.hasOwn(definition.schemas.operations, action) ? action : undefined;
}
