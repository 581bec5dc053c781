/** What a sealed record holds (services/table/format/v1/record.ts), read by the verifier itself. Runs in browsers. */
import { FieldReader, ProofRefused } from '@hypergate/node/verifier';

export interface DisclosedRecord {
  readonly table: string;
  readonly partition: Uint8Array;
  readonly sort: Uint8Array;
  readonly rowVersion: number;
  readonly row: Uint8Array;
}

const version = 1;
const flag = { projection: 1, secondary: 2 } as const;
const flagsMax = 15;

/** @throws ProofRefused */
export function readRecord(plaintext: Uint8Array): DisclosedRecord {
  const input = new FieldReader(plaintext);
  if (input.u8('a record') !== version) throw new ProofRefused('unknown version of a record');
  const flags = input.u8('the flags of a record');
  if (flags > flagsMax) throw new ProofRefused('unknown flags of a record');
  const sized = (what: string) => input.bytes(input.u16(what), what);
  const named = (what: string) => latin1(input.bytes(input.u8(what), what));
  const table = named('the name of a table');
  const partition = sized('a partition');
  const sort = sized('a sort key');
  const rowVersion = input.u16('the version of a row');
  if ((flags & flag.projection) !== 0) sized('a projection');
  if ((flags & flag.secondary) !== 0) {
    for (let left = input.u16('the secondary entries'); left > 0; left -= 1) {
      named('the name of an index');
      for (const what of ['a partition', 'a sort key', 'a projection']) sized(what);
    }
  }
  return { table, partition, sort, rowVersion, row: input.bytes(input.left, 'a row') };
}

const partitionBytesMax = 0xffff;

/** Input of the address function for a record's key. @throws ProofRefused for a partition that is too long */
export function addressInput(partition: Uint8Array, sort: Uint8Array): Uint8Array {
  // Its length would wrap around: two keys, one input.
  if (partition.length > partitionBytesMax) throw new ProofRefused('a partition is too long');
  const input = new Uint8Array(2 + partition.length + sort.length);
  new DataView(input.buffer).setUint16(0, partition.length);
  input.set(partition, 2);
  input.set(sort, 2 + partition.length);
  return input;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
