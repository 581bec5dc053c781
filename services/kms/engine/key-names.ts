/**
 * How requests name keys: key id, key ARN, alias name, alias ARN.
 * https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
 */
import { kmsError } from './errors.ts';
import { aliasArn, keyArn } from './key-record.ts';
import { factsOf, type Operation } from './operations.ts';

export type KeyName =
  | { readonly kind: 'key'; readonly account: string; readonly keyId: string }
  | { readonly kind: 'alias'; readonly account: string; readonly name: string };

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const multiRegionId = /^mrk-[0-9a-f]{32}$/;

export const isKeyId = (text: string): boolean => uuid.test(text) || multiRegionId.test(text);

const badId = (text: string) => kmsError('NotFoundException', `Invalid keyId '${text}'`);
const badArn = (text: string) => kmsError('InvalidArnException', `Invalid arn ${text}`);

/**
 * @param caller what ids and alias names without an account belong to
 * @throws KmsError NotFoundException, InvalidArnException
 */
export function parseKeyName(
  text: string,
  caller: { readonly account: string; readonly region: string },
  operation: Operation,
): KeyName {
  const { aliases = false } = factsOf(operation);
  if (!text.startsWith('arn:')) {
    if (text.startsWith('alias/') && aliases) return { kind: 'alias', account: caller.account, name: text };
    if (!isKeyId(text)) throw badId(text);
    return { kind: 'key', account: caller.account, keyId: text };
  }
  const [, partition, service, region, account, resource] =
    /^arn:([^:]*):([^:]*):([^:]*):([^:]*):(.+)$/.exec(text) ?? [];
  if (resource === undefined || account === undefined || !/^\d{12}$/.test(account)) throw badArn(text);
  if (partition !== 'aws' || service !== 'kms') throw badArn(text);
  // AWS names the region alone, and says that nothing was found.
  if (region !== caller.region) throw kmsError('NotFoundException', `Invalid arn ${region}`);
  if (resource.startsWith('alias/')) {
    if (!aliases) throw badArn(text);
    return { kind: 'alias', account, name: resource };
  }
  if (!resource.startsWith('key/')) throw badArn(text);
  const keyId = resource.slice('key/'.length);
  if (!isKeyId(keyId)) throw badId(keyId);
  return { kind: 'key', account, keyId };
}

/** What a name looks like in the answer that nothing has it. */
export function notFound(name: KeyName, region: string) {
  return name.kind === 'key'
    ? kmsError('NotFoundException', `Key '${keyArn({ ...name, region })}' does not exist`)
    : kmsError('NotFoundException', `Alias ${aliasArn(region, name.account, name.name)} is not found.`);
}

/** @throws KmsError InvalidAliasNameException, ValidationException */
export function checkAliasName(name: string): void {
  if (!name.startsWith('alias/')) throw kmsError('InvalidAliasNameException');
  if (name.length === 'alias/'.length)
    throw kmsError('InvalidAliasNameException', 'Alias name cannot be empty.');
  if (name.includes(':'))
    throw kmsError('ValidationException', `${name} contains invalid characters for an alias`);
  if (name.startsWith('alias/aws/')) throw kmsError('NotAuthorizedException');
}
