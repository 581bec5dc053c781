/** Functions as messages and resources show them. */
import type { CqlType } from '../types/api.ts';
import { typeText } from '../types/type-text.ts';
import type { CqlFunction } from './api.ts';

/** Around a tuple `frozen` is not written. */
export function argumentText(type: CqlType): string {
  return type.kind === 'tuple' ? `tuple<${type.elements.map(typeText).join(', ')}>` : typeText(type);
}

/** `system.token : (int) -> bigint` */
export function signatureText({ displayName, argumentTypes, returnType }: CqlFunction): string {
  return `${displayName} : (${argumentTypes.map(argumentText).join(', ')}) -> ${typeText(returnType)}`;
}
