/** Where answers go that a client does not want: CLIENT REPLY OFF and SKIP. */
import type { ReplySink } from '../model/reply.ts';

export class SilentReply implements ReplySink {
  private readonly output: ReplySink;

  constructor(output: ReplySink) {
    this.output = output;
  }

  get resp(): 2 | 3 {
    return this.output.resp;
  }

  simple(_text: string): void {}
  error(_text: string): void {}
  integer(_value: number | bigint): void {}
  bulk(_bytes: string): void {}
  null(): void {}
  nullArray(): void {}
  array(_length: number): void {}
  map(_pairs: number): void {}
  set(_length: number): void {}
  push(_length: number): void {}
  double(_value: number): void {}
  boolean(_value: boolean): void {}
  bigNumber(_digits: string): void {}
  verbatim(_format: string, _bytes: string): void {}
}
