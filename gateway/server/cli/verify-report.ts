/** What `hypergate verify` prints about a document that holds. */
import type { FileVerdict, ProofReport } from '@hypergate/verifier';
import { printable } from './printable.ts';

/** @param file whether a file is exactly the object; undefined: none was to be compared */
export function reportText(
  { statement, facts, frame, namesBound }: ProofReport,
  file: FileVerdict | undefined,
): string {
  const { delayIterations } = frame;
  const lines: [string, string][] = [
    ...facts.map(({ name, value }): [string, string] => [name, value]),
    ['frame', String(frame.number)],
    ['time', frame.time],
    ['network', frame.network],
    ['header', frame.header],
    ['signed by', `${frame.signers} of ${frame.keys} frame keys`],
    ['names', namesBound ? 'bound: only one record can have them' : 'not bound: the word of the gateway'],
    ['delay', delayIterations === null ? 'not in the proof' : `checked, ${delayIterations} iterations`],
  ];
  if (frame.testNetwork) lines.push(['discriminant', `${frame.discriminantBits} bits (test network)`]);
  if (file?.same === true) lines.push(['file', `is exactly this object, ${file.bytes} bytes`]);
  return [statement, ...lines.map(([name, value]) => `${name}: ${value}`)]
    .map((line) => `${printable(line)}\n`)
    .join('');
}

/** One object; JSON escapes what a terminal would take for commands, but for what is escaped here. */
export function reportJson(
  { subject, statement, facts, namesBound, frame }: ProofReport,
  file: FileVerdict | undefined,
): string {
  return jsonText({
    verified: true,
    subject,
    statement,
    facts,
    namesBound,
    frame,
    ...(file === undefined ? {} : { file }),
  });
}

export function refusalJson(reason: string): string {
  return jsonText({ verified: false, reason });
}

function jsonText(value: object): string {
  const text = JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${text}\n`;
}
