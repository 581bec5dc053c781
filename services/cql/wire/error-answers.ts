/** ERROR with what each code says besides. Specification: "CQL BINARY PROTOCOL", section 9 of v3, v4 and v5. */
import { type CqlError, type ErrorDetails, type ErrorName, errorCodes } from '../errors.ts';
import { type AnswerHead, opcodes } from './api.ts';
import type { FrameError } from './frame-error.ts';
import { cutMessage, FrameWriter } from './frame-writer.ts';

type Replicas = Extract<ErrorDetails, { kind: 'replicas' }>;

const noBytes = new Uint8Array(0);
/** ONE, of whom nobody answered: when it is not known better. */
const unknownReplicas: Replicas = { kind: 'replicas', consistency: 1, received: 0, required: 1 };
/** Of v5, where each failed replica has a reason: that it is not known. Its address here is the unspecified one. */
const unspecified = new Uint8Array(4);
const unknownReason = 0;

/** What v3 has no code for, in the nearest one that it has. */
const beforeV4: Partial<Record<ErrorName, ErrorName>> = {
  readFailure: 'readTimeout',
  writeFailure: 'writeTimeout',
  functionFailure: 'invalid',
};

/** In the place of an answer that was begun, if there is one. */
export function writeError(out: FrameWriter, head: AnswerHead, error: CqlError): Buffer {
  out.discard();
  const { version } = out;
  const code = version < 4 ? (beforeV4[error.code] ?? error.code) : error.code;
  out.begin(opcodes.error, head);
  out.int(errorCodes[code]);
  out.string(cutMessage(error.message));
  writeDetails(out, code, error.details);
  return out.finish();
}

/** For the last frame of a connection. Clients of v1 and v2 get their own, shorter header, so that they can read it. */
export function writeFrameError(out: FrameWriter, error: FrameError): Buffer {
  const { stream, version } = error;
  if (version === 3 || version === 4 || version === 5) {
    out.version = version;
    return writeError(out, { stream }, error);
  }
  const answer = writeError(new FrameWriter(5), { stream: 0 }, error);
  const old = Buffer.from([0x80 | version, 0, stream, opcodes.error]);
  return Buffer.concat([old, answer.subarray(5)]);
}

function writeDetails(out: FrameWriter, code: ErrorName, details: ErrorDetails | undefined): void {
  switch (code) {
    case 'unavailable':
    case 'readTimeout':
    case 'writeTimeout':
    case 'readFailure':
    case 'writeFailure':
      writeReplicas(out, code, details?.kind === 'replicas' ? details : unknownReplicas);
      return;
    case 'functionFailure': {
      const known = details?.kind === 'functionFailure' ? details : undefined;
      out.string(known?.keyspace ?? '');
      out.string(known?.function ?? '');
      out.stringList(known?.argumentTypes ?? []);
      return;
    }
    case 'alreadyExists': {
      const known = details?.kind === 'alreadyExists' ? details : undefined;
      out.string(known?.keyspace ?? '');
      out.string(known?.table ?? '');
      return;
    }
    case 'unprepared':
      out.shortBytes(details?.kind === 'unprepared' ? details.id : noBytes);
  }
}

function writeReplicas(out: FrameWriter, code: ErrorName, replicas: Replicas): void {
  const { consistency, received, required } = replicas;
  out.short(consistency);
  if (code === 'unavailable') {
    out.int(required);
    out.int(received);
    return;
  }
  out.int(received);
  out.int(required);
  if (code === 'readFailure' || code === 'writeFailure') writeFailures(out, replicas.failures ?? 0);
  if (code === 'readFailure' || code === 'readTimeout') out.byte(replicas.hasData === true ? 1 : 0);
  else out.string(replicas.writeType ?? 'SIMPLE');
  // Since v5: how many other proposals were in the way.
  if (code === 'writeTimeout' && out.version >= 5 && replicas.writeType === 'CAS') out.short(0);
}

/** A number; since v5 a list of addresses with reasons. */
function writeFailures(out: FrameWriter, failures: number): void {
  if (out.version < 5) {
    out.int(failures);
    return;
  }
  // A map has no two keys alike: all the unknown ones are one entry.
  out.int(failures > 0 ? 1 : 0);
  if (failures === 0) return;
  out.byte(unspecified.length);
  out.raw(unspecified);
  out.short(unknownReason);
}
