/**
 * Ends of a connection that the proxy itself decides on, in the words and with the codes of PostgreSQL ("PostgreSQL Error Codes" of
 * its manual). Strings are byte strings: one character per byte, since before a client has named its encoding nobody knows it.
 */

export type SqlState = '08P01' | '0A000' | '28000' | '28P01' | '53300' | '57P01' | '57P03' | 'XX000';

/** The client is told, then the connection is closed. */
export class Fatal extends Error {
  readonly code: SqlState;
  readonly detail: string | undefined;
  constructor(code: SqlState, message: string, detail?: string) {
    super(message);
    this.name = 'Fatal';
    this.code = code;
    this.detail = detail;
  }
}

/** For a client of a protocol before 3, whose errors are one text. */
export class OldFatal extends Fatal {}

/** Not the protocol at all: the connection is closed without a word, as PostgreSQL does. */
export class Breach extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Breach';
  }
}

/** Of a text of our own, in UTF-8. */
export function byteString(text: string): string {
  return Buffer.from(text, 'utf8').latin1Slice();
}

export const fatals = {
  passwordFailed: (user: string) => new Fatal('28P01', `password authentication failed for user "${user}"`),
  tokenFailed: (user: string) => new Fatal('28000', `PAM authentication failed for user "${user}"`),
  rejected: (host: string, user: string, database: string, isEncrypted: boolean) =>
    new Fatal(
      '28000',
      `pg_hba.conf rejects connection for host "${host}", user "${user}", database "${database}", ${encryption(isEncrypted)}`,
    ),
  replicationRejected: (host: string, user: string, isEncrypted: boolean) =>
    new Fatal(
      '28000',
      `pg_hba.conf rejects replication connection for host "${host}", user "${user}", ${encryption(isEncrypted)}`,
    ),
  tooMany: () => new Fatal('53300', 'sorry, too many clients already'),
  adminShutdown: (why: string) =>
    new Fatal('57P01', 'terminating connection due to administrator command', why),
  cannotConnectNow: (why: string) => new Fatal('57P03', why),
  unexpected: (expected: 'password' | 'SASL', type: string) =>
    new Fatal('08P01', `expected ${expected} response, got message type ${type.charCodeAt(0)}`),
  malformedScram: () => new Fatal('08P01', 'malformed SCRAM message'),
};

function encryption(isEncrypted: boolean): string {
  return isEncrypted ? 'SSL encryption' : 'no encryption';
}
