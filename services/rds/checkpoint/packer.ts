/** Cuts a stream of pages into packs and compresses them in the thread pool, a few at a time, in order. */
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { packRawBytes } from '../model/layer-format.ts';
import { compressionLevel } from './limits.ts';

const compress = promisify(zstdCompress);
const options = { params: { [constants.ZSTD_c_compressionLevel]: compressionLevel } };

export class Packer {
  /** Compressed lengths of the packs that were taken out. */
  readonly lengths: number[] = [];
  rawBytes = 0;
  private filling = Buffer.allocUnsafe(packRawBytes);
  private filled = 0;
  private readonly waiting: Promise<Buffer>[] = [];

  /** Copies the bytes. */
  add(bytes: Buffer): void {
    this.rawBytes += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      const copied = bytes.copy(this.filling, this.filled, at);
      at += copied;
      this.filled += copied;
      if (this.filled === packRawBytes) this.cut();
    }
  }

  /** No more pages will come. */
  finish(): void {
    if (this.filled > 0) this.cut();
  }

  get inFlight(): number {
    return this.waiting.length;
  }

  /** The next pack. */
  async take(): Promise<Buffer> {
    const pack = await this.waiting.shift()!;
    this.lengths.push(pack.length);
    return pack;
  }

  /** When nobody takes what is left: no failure of it may count as unhandled. */
  async abandon(): Promise<void> {
    await Promise.allSettled(this.waiting.splice(0));
  }

  private cut(): void {
    const packed = compress(this.filling.subarray(0, this.filled), options);
    packed.catch(() => undefined);
    this.waiting.push(packed);
    this.filling = Buffer.allocUnsafe(packRawBytes);
    this.filled = 0;
  }
}
