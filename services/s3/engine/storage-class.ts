/** Storage classes are kept and echoed; every one is served from the same store, and none needs a restore. */
import { s3Error } from '../errors.ts';

/** Position in this list is the stored number: only ever append. */
const classes = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
] as const;

export type StorageClass = (typeof classes)[number];

/** @throws InvalidStorageClass */
export function storageClass(header: string | undefined): StorageClass {
  if (header === undefined) return 'STANDARD';
  const found = classes.find((name) => name === header);
  if (found === undefined) throw s3Error('InvalidStorageClass', { StorageClassRequested: header });
  return found;
}

export function storageClassNumber(name: StorageClass): number {
  return classes.indexOf(name);
}

/** @throws RangeError for a number that no format wrote */
export function storageClassOf(number: number): StorageClass {
  const name = classes[number];
  if (name === undefined) throw new RangeError(`unknown storage class ${number}`);
  return name;
}

/** As headers show it: absent for STANDARD. */
export function shownStorageClass(name: StorageClass): StorageClass | undefined {
  return name === 'STANDARD' ? undefined : name;
}
