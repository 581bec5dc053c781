/** Formats of the journal of control calls, and of import parameters: the gateway's own, never shown to custodians. */
import { type RowReader, RowWriter, readAll } from './fields.ts';

/** The one before had no `undo`. */
export const controlVersion = 2;
export const importVersion = 1;

/** A control call by its number. While it is open it may have to be resubmitted at the next start. */
export interface ControlRow {
  readonly sequence: number;
  /** Of the audit record. */
  readonly timeMs: number;
  readonly requestId: string;
  /** The audit row and the call as they were recorded; empty once custodians have them. */
  readonly audit: Uint8Array;
  readonly call: Uint8Array;
  readonly open: boolean;
  /** While it is open: what takes its changes back (undo.ts). Undefined when it is not kept. */
  readonly undo: Uint8Array | undefined;
}

export function encodeControl(row: ControlRow): Uint8Array {
  const to = new RowWriter().u64(row.sequence).u64(row.timeMs).string(row.requestId);
  to.u32(row.audit.length).bytes(row.audit).u32(row.call.length).bytes(row.call);
  to.u8(row.open ? 1 : 0);
  return to.maybe(row.undo, (undo) => to.u32(undo.length).bytes(undo)).done();
}

/** @throws ProofRefused */
export const decodeControl = (bytes: Uint8Array): ControlRow =>
  readAll(bytes, (from) => ({
    ...readControl(from),
    undo: from.maybe('what takes it back', () => {
      const what = 'what takes it back';
      return from.bytes(from.u32(what), what);
    }),
  }));

/** Version 1. @throws ProofRefused */
export const decodeControlV1 = (bytes: Uint8Array): ControlRow =>
  readAll(bytes, (from) => ({ ...readControl(from), undo: undefined }));

const readControl = (from: RowReader) => ({
  sequence: from.u64('the sequence'),
  timeMs: from.u64('the time'),
  requestId: from.string('the request id'),
  audit: from.bytes(from.u32('the audit row'), 'the audit row'),
  call: from.bytes(from.u32('the call'), 'the call'),
  open: from.flag('whether it is open'),
});

/** What GetParametersForImport gave out. */
export interface ImportRow {
  /** 16 random bytes: the import token is this id with the key's. */
  readonly tokenId: Uint8Array;
  readonly keyId: string;
  readonly wrappingAlgorithm: string;
  readonly wrappingKeySpec: string;
  readonly createdMs: number;
  readonly validToMs: number;
  /** PKCS #8 in DER. Secret: it wraps key material on its way here. Gone with the row. */
  readonly privateKey: Uint8Array;
}

export function encodeImport(row: ImportRow): Uint8Array {
  const to = new RowWriter().bytes(row.tokenId).string(row.keyId).string(row.wrappingAlgorithm);
  to.string(row.wrappingKeySpec).u64(row.createdMs).u64(row.validToMs);
  return to.u32(row.privateKey.length).bytes(row.privateKey).done();
}

/** @throws ProofRefused */
export function decodeImport(bytes: Uint8Array): ImportRow {
  return readAll(bytes, (from) => ({
    tokenId: from.bytes(16, 'the token'),
    keyId: from.string('the key id'),
    wrappingAlgorithm: from.string('the wrapping algorithm'),
    wrappingKeySpec: from.string('the wrapping key spec'),
    createdMs: from.u64('the time of creation'),
    validToMs: from.u64('the end'),
    privateKey: from.bytes(from.u32('the private key'), 'the private key'),
  }));
}
