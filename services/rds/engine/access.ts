/**
 * Who may come to the server's socket, which only the gateway's user and the server's own can reach (folder 0700).
 *
 * Customers' roles come by trust: the proxy has checked them. `rdsadmin` proves to be the gateway in two ways:
 * - `peer`: the kernel names the user of the other end, and only the gateway's is mapped to rdsadmin. Always possible, needs nothing in
 *   the database, so a restored directory or a standby is entered this way. Where the gateway and the server are the same user, it
 *   does not tell the gateway from a connection that the server itself was talked into.
 * - `scram-sha-256` with a secret of this start: what holds in all writable servers before anybody else is let in.
 */
import { connect } from 'node:net';
import { join } from 'node:path';
import { adminRole } from './admin-session.ts';

const mapName = 'gateway';
const onlyGateway = `local all ${adminRole} peer map=${mapName}\n`;
const noReplication = 'local replication all reject\n';
const customers = 'local all all trust\n';

/** Before the secret is set: nobody but the gateway. */
export const closedAccess = onlyGateway;

/** A standby cannot set a secret, since the role's row is the primary's. */
export const standbyAccess = onlyGateway + noReplication + customers;

export const openAccess = [
  `local all ${adminRole} scram-sha-256\n`,
  `local replication ${adminRole} scram-sha-256\n`,
  noReplication,
  customers,
].join('');

export function gatewayMap(gatewayUser: string): string {
  return `${mapName} "${gatewayUser.replaceAll('"', '""')}" ${adminRole}\n`;
}

/** Code of the server's first answer to a login ("Authentication" messages of the protocol). */
export type AuthenticationCode = number;
export const authenticationOk: AuthenticationCode = 0;
export const authenticationSasl: AuthenticationCode = 10;

/** What the server asks of this role. @returns undefined if it refuses the role at once, or speaks of something else */
export function askedOf(
  socketDir: string,
  port: number,
  user: string,
): Promise<AuthenticationCode | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(join(socketDir, `.s.PGSQL.${port}`));
    let got = Buffer.alloc(0);
    socket.once('error', reject);
    socket.once('close', () => resolve(undefined));
    socket.once('connect', () => socket.write(startup(user)));
    socket.on('data', (chunk) => {
      got = Buffer.concat([got, chunk]);
      if (got.length < 9) return;
      resolve(got[0] === 0x52 /* R */ ? got.readUInt32BE(5) : undefined);
      socket.destroy();
    });
  });
}

function startup(user: string): Buffer {
  const body = Buffer.from(`user\0${user}\0database\0postgres\0\0`);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(head.length + body.length, 0);
  head.writeUInt32BE(3 << 16, 4);
  return Buffer.concat([head, body]);
}
