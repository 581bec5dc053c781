/**
 * What commands did, as the smallest changes that lead to the same state: no clock, no randomness, no command's version is
 * needed to apply them again (engine/effects/effect-kind.ts). One effect is
 *   code u8 ‖ database u8 ‖ key (length, bytes) ‖ length of the body u32 ‖ body
 * and consecutive effects of the same kind on the same key share one header: the body holds several elements.
 * A batch is what is handed on at once and becomes durable as a whole; batches are numbered from 1.
 */
import { ByteWriter } from '@hypergate/kit/bytes';

export class EffectLog {
  private readonly out = new ByteWriter(64 * 1024);
  /** Number of the batch that is being collected. */
  batch = 1;
  /** Off while stored effects are applied, and in an engine without a journal. */
  recording = true;
  private openCode = -1;
  private openDatabase = -1;
  private openKey = '';
  private bodyAt = 0;

  get bytes(): number {
    return this.out.length;
  }

  /**
   * Begins an effect, or goes on with the last one. The caller appends its element to what is returned at once.
   * @returns undefined when nothing is recorded
   */
  begin(code: number, database: number, key: string): ByteWriter | undefined {
    if (!this.recording) return undefined;
    const { out } = this;
    if (code === this.openCode && database === this.openDatabase && key === this.openKey) return out;
    this.close();
    this.openCode = code;
    this.openDatabase = database;
    this.openKey = key;
    out.u8(code);
    out.u8(database);
    out.string(key);
    this.bodyAt = out.length;
    out.u32(0);
    return out;
  }

  /** The batch so far; the next has the next number. Undefined when nothing happened. */
  take(): { readonly batch: number; readonly effects: Buffer } | undefined {
    this.close();
    if (this.out.length === 0) return undefined;
    return { batch: this.batch++, effects: this.out.take() };
  }

  /** Effects that `record` records, apart from the batch: for state that is stored whole. Nothing may be open in the batch. */
  capture(record: () => void): Buffer {
    if (this.out.length > 0) throw new Error('effects wait to be taken');
    record();
    this.close();
    return this.out.take();
  }

  private close(): void {
    if (this.openCode < 0) return;
    this.out.patchU32(this.bodyAt, this.out.length - this.bodyAt - 4);
    this.openCode = -1;
  }
}
