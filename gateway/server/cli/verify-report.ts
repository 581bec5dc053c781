/** What `hypergate verify` prints about a document that holds. */
import { hex, type VerifiedFrame } from '@hypergate/node/verifier';
import type { ProofClaim } from '@hypergate/table/verify';
import { serverLimits } from '../limits.ts';
import { printable } from './printable.ts';

/** Whether a file is exactly the object. */
export type FileVerdict =
  | { readonly same: true; readonly bytes: number }
  | { readonly same: false; readonly reason: string };

export interface VerifiedClaim {
  readonly subject: string;
  readonly frame: VerifiedFrame;
  readonly claim: ProofClaim;
  /** undefined: none was to be compared. */
  readonly file: FileVerdict | undefined;
}

export function reportText({ frame, claim, file }: VerifiedClaim): string {
  const { delayIterations } = frame;
  const lines: [string, string][] = [
    ...claim.facts.map(([name, value]): [string, string] => [name, value]),
    ['frame', String(frame.number)],
    ['time', new Date(frame.timeMs).toISOString()],
    ['network', frame.network],
    ['header', hex(frame.hash)],
    ['signed by', `${frame.signers} of ${frame.keys} frame keys`],
    ['delay', delayIterations === undefined ? 'not in the proof' : `checked, ${delayIterations} iterations`],
  ];
  if (isTestNetwork(frame)) lines.push(['discriminant', `${frame.discriminantBits} bits (test network)`]);
  if (file?.same === true) lines.push(['file', `is exactly this object, ${file.bytes} bytes`]);
  return [claim.statement, ...lines.map(([name, value]) => `${name}: ${value}`)]
    .map((line) => `${printable(line)}\n`)
    .join('');
}

/** One object; JSON escapes what a terminal would take for commands, but for what is escaped here. */
export function reportJson({ subject, frame, claim, file }: VerifiedClaim): string {
  const value = {
    verified: true,
    subject,
    statement: claim.statement,
    facts: claim.facts.map(([name, fact]) => ({ name, value: fact })),
    frame: {
      number: frame.number,
      time: new Date(frame.timeMs).toISOString(),
      position: frame.position,
      network: frame.network,
      header: hex(frame.hash),
      signers: frame.signers,
      keys: frame.keys,
      delayIterations: frame.delayIterations ?? null,
      discriminantBits: frame.discriminantBits,
      testNetwork: isTestNetwork(frame),
    },
    ...(file === undefined ? {} : { file }),
  };
  return jsonText(value);
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

function isTestNetwork({ discriminantBits }: VerifiedFrame): boolean {
  return discriminantBits < serverLimits.vdfBitsSafe;
}
