/**
 * A byte string that is put together from many small pieces. Concatenation of JavaScript keeps every piece until the end: a
 * script could fill the heap of the engine with them.
 */
import { Buffer } from 'node:buffer';
import '@hypergate/kit/bytes';
import { LuaError, type LuaState } from './lua-state.ts';

const initialBytes = 4096;
/** A larger buffer is not kept for the next use. */
const keptBytes = 1024 * 1024;
/** Characters that are copied faster one by one. */
const copiedCharsMax = 12;

export class TextBuffer {
  length = 0;
  private bytes: Buffer = Buffer.allocUnsafe(initialBytes);
  private readonly bytesMax: number;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  add(text: string): void {
    const { length } = text;
    this.room(length);
    const { bytes } = this;
    if (length <= copiedCharsMax) {
      for (let i = 0; i < length; i++) bytes[this.length + i] = text.charCodeAt(i);
    } else bytes.latin1Write(text, this.length, length);
    this.length += length;
  }

  addByte(byte: number): void {
    this.room(1);
    this.bytes[this.length++] = byte;
  }

  /** Where to write so many bytes. */
  addSpace(length: number): { readonly bytes: Buffer; readonly at: number } {
    this.room(length);
    const at = this.length;
    this.length += length;
    return { bytes: this.bytes, at };
  }

  /** The string; begins anew. */
  take(): string {
    const text = this.bytes.latin1Slice(0, this.length);
    this.clear();
    return text;
  }

  /** Pushes the string; begins anew. */
  push(state: LuaState, L: number): void {
    state.pushBytes(L, this.bytes, this.length);
    this.clear();
  }

  clear(): void {
    this.length = 0;
    if (this.bytes.length > keptBytes) this.bytes = Buffer.allocUnsafe(initialBytes);
  }

  private room(bytes: number): void {
    const wanted = this.length + bytes;
    if (wanted <= this.bytes.length) return;
    if (wanted > this.bytesMax) {
      this.clear();
      throw new LuaError('not enough memory', 0);
    }
    const larger = Buffer.allocUnsafe(Math.min(Math.max(wanted, this.bytes.length * 2), this.bytesMax));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
