/**
 * What a Redis proof is about, as a text: `redis://database/key`. Bytes of the key other than printable ASCII, and `%`, are
 * written as `%XX`, so that there is one text for each key. Runs in browsers.
 */
import { ProofRefused } from '@hypergate/node/verifier';

export interface RedisSubject {
  /** 0 to 15. */
  readonly database: number;
  readonly key: Uint8Array;
}

export function subjectText({ database, key }: RedisSubject): string {
  let escaped = '';
  for (const byte of key) {
    escaped +=
      byte > 0x20 && byte < 0x7f && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return `redis://${database}/${escaped}`;
}

/** @throws ProofRefused unless it is exactly what `subjectText` makes */
export function parseSubject(text: string): RedisSubject {
  const found = /^redis:\/\/(\d{1,2})\/([\x21-\x7e]*)$/.exec(text);
  if (found === null) throw new ProofRefused('the subject is not of the form redis://database/key');
  const [, database, escaped] = found as unknown as [string, string, string];
  const bytes: number[] = [];
  for (let at = 0; at < escaped.length; at++) {
    if (escaped[at] !== '%') bytes.push(escaped.charCodeAt(at));
    else {
      bytes.push(Number.parseInt(escaped.slice(at + 1, at + 3), 16));
      at += 2;
    }
  }
  const subject = { database: Number(database), key: Uint8Array.from(bytes) };
  if (subject.database > 15 || subjectText(subject) !== text) {
    throw new ProofRefused('the subject is not in its canonical form');
  }
  return subject;
}
