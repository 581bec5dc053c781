/**
 * Letters to custodians that do not answer, on the coordinator's disk until they are delivered. What is in them is signed and sealed by
 * those who wrote it.
 *
 * `mail/` ‖ custodian (1) ‖ number (8)   length of the kind (1) ‖ kind ‖ body
 * `mail-next/` ‖ custodian (1)           the next number (8): numbers are never used twice
 * `mail-id`                              16 random bytes, made with the mailbox
 */
import type { Bytes } from '../../../api/index.ts';
import type { RandomSource } from '../../../crypto/random.ts';
import type { KeyValueStore } from '../../../store/kv.ts';
import { type Letter, mailboxIdBytes } from '../custodian/format/control.ts';
import { ThresholdAbort } from '../errors.ts';
import { coordinatorLimits } from './limits.ts';

const ascii = (text: string) => Buffer.from(text, 'ascii');
const idName = ascii('mail-id');
const letterName = (custodian: number, number: number): Buffer => {
  const tail = Buffer.alloc(9);
  tail[0] = custodian;
  tail.writeBigUInt64BE(BigInt(number), 1);
  return Buffer.concat([ascii('mail/'), tail]);
};
const nextName = (custodian: number) => Buffer.concat([ascii('mail-next/'), Buffer.of(custodian)]);

interface Box {
  next: number;
  /** Numbers and sizes of what waits, oldest first. */
  readonly waiting: Map<number, number>;
  bytes: number;
}

export class Mailbox {
  readonly #store: KeyValueStore;
  readonly #id: Bytes;
  readonly #boxes: ReadonlyMap<number, Box>;

  private constructor(store: KeyValueStore, id: Bytes, boxes: ReadonlyMap<number, Box>) {
    this.#store = store;
    this.#id = id;
    this.#boxes = boxes;
  }

  static async open(
    store: KeyValueStore,
    custodians: readonly number[],
    random: RandomSource,
  ): Promise<Mailbox> {
    let id = await store.get(idName);
    if (id?.length !== mailboxIdBytes) {
      id = Uint8Array.from(random.bytes(mailboxIdBytes));
      await store.batch([{ type: 'put', key: idName, value: id }], { sync: true });
    }
    const boxes = new Map<number, Box>();
    for (const custodian of custodians) boxes.set(custodian, await openBox(store, custodian));
    return new Mailbox(store, id, boxes);
  }

  count(custodian: number): number {
    return this.#box(custodian).waiting.size;
  }

  /** On the disk when it resolves. @throws ThresholdAbort `unavailable` when too much waits */
  async put(custodian: number, kind: string, body: Bytes): Promise<void> {
    const box = this.#box(custodian);
    const size = 1 + kind.length + body.length;
    if (body.length > coordinatorLimits.letterBytesMax) throw new RangeError('a letter is too long');
    const isFull =
      box.waiting.size >= coordinatorLimits.lettersMax ||
      box.bytes + size > coordinatorLimits.lettersBytesMax;
    if (isFull) throw new ThresholdAbort('unavailable', custodian, 'too many messages wait for it');
    const number = box.next++;
    box.bytes += size;
    const next = Buffer.alloc(8);
    next.writeBigUInt64BE(BigInt(box.next));
    const value = Buffer.concat([Buffer.of(kind.length), ascii(kind), body]);
    await this.#store.batch(
      [
        { type: 'put', key: letterName(custodian, number), value },
        { type: 'put', key: nextName(custodian), value: next },
      ],
      { sync: true },
    );
    box.waiting.set(number, size);
  }

  /** The oldest that waits. */
  async first(custodian: number): Promise<Letter | undefined> {
    const [number] = this.#box(custodian).waiting.keys();
    if (number === undefined) return undefined;
    const value = await this.#store.get(letterName(custodian, number));
    if (value === undefined) throw new Error('a letter is not where it was put');
    const kindEnd = 1 + value[0]!;
    const kind = Buffer.from(value.subarray(1, kindEnd)).toString('latin1');
    return { mailbox: this.#id, number, kind, body: value.subarray(kindEnd) };
  }

  /** It was delivered. Need not be on the disk: the custodian knows what it had. */
  async remove(custodian: number, number: number): Promise<void> {
    const box = this.#box(custodian);
    box.bytes -= box.waiting.get(number) ?? 0;
    box.waiting.delete(number);
    await this.#store.batch([{ type: 'del', key: letterName(custodian, number) }], { sync: false });
  }

  #box(custodian: number): Box {
    const box = this.#boxes.get(custodian);
    if (box === undefined) throw new RangeError('no such custodian');
    return box;
  }
}

/** Names under which letters to this custodian stand. */
export async function lettersTo(store: KeyValueStore, custodian: number): Promise<Uint8Array[]> {
  const names: Uint8Array[] = [];
  for await (const [name] of store.entries(lettersOf(custodian))) names.push(Uint8Array.from(name));
  return names;
}

const lettersOf = (custodian: number) => ({
  gte: letterName(custodian, 0),
  lt: letterName(custodian + 1, 0),
});

async function openBox(store: KeyValueStore, custodian: number): Promise<Box> {
  const box: Box = { next: 1, waiting: new Map(), bytes: 0 };
  const next = await store.get(nextName(custodian));
  if (next !== undefined) box.next = Number(Buffer.from(next).readBigUInt64BE());
  for await (const [key, value] of store.entries(lettersOf(custodian))) {
    const number = Number(Buffer.from(key).readBigUInt64BE(key.length - 8));
    box.waiting.set(number, value.length);
    box.bytes += value.length;
  }
  return box;
}
