/** Values as blobs and blobs as values: the bytes are the same. Reference: CQL 3.4.5, "Blob conversion functions". */
import { invalid } from '../../errors.ts';
import { type NativeName, nativeNames, type Value } from '../../types/api.ts';
import { hexOf } from '../../types/binary.ts';
import { MarshalError } from '../../types/marshal-error.ts';
import { validate } from '../../types/validate.ts';
import type { CqlFunction } from '../api.ts';
import { native, scalar } from './make.ts';

function fromBlob(name: string, to: NativeName): CqlFunction {
  const type = native(to);
  return scalar({ name, argumentTypes: [native('blob')], returnType: type }, (value: Value) => {
    try {
      validate(type, value);
      return value;
    } catch (error) {
      if (!(error instanceof MarshalError)) throw error;
      throw invalid(
        `In call to function system.${name}, value 0x${hexOf(value)} is not a valid binary representation for type ${to}`,
      );
    }
  });
}

function conversions(called: string, type: NativeName): CqlFunction[] {
  const blob = native('blob');
  const toBlob = (name: string) =>
    scalar({ name, argumentTypes: [native(type)], returnType: blob }, (value) => value);
  return [
    toBlob(`${called}asblob`),
    toBlob(`${called}_as_blob`),
    fromBlob(`blobas${called}`, type),
    fromBlob(`blob_as_${called}`, type),
  ];
}

export function blobFunctions(): CqlFunction[] {
  return [
    ...nativeNames.filter((name) => name !== 'blob').flatMap((name) => conversions(name, name)),
    ...conversions('varchar', 'text'),
  ];
}
