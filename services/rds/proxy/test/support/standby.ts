/** A synchronous standby that says it has the log when the test lets it. */
import { Client } from 'pg';
import { type Lsn, parseLsn, readLsn, writeLsn } from '../../../model/lsn.ts';
import type { PlainEngine } from '../../../test/support/plain-engine.ts';

/** Name in synchronous_standby_names. */
export const standbyName = 'hypergate';

interface Wire {
  on(event: 'copyData', listener: (message: { readonly chunk: Buffer }) => void): void;
  once(event: 'replicationStart', listener: () => void): void;
  sendCopyFromChunk(chunk: Buffer): void;
}

export class Standby {
  private readonly client: Client;
  private readonly wire: Wire;
  private received: Lsn;
  private isWithholding = false;

  private constructor(client: Client, from: Lsn) {
    this.client = client;
    this.wire = (client as unknown as { readonly connection: Wire }).connection;
    this.received = from;
    this.wire.on('copyData', ({ chunk }) => {
      // XLogData, or a keepalive.
      const end = chunk[0] === 0x77 ? readLsn(chunk, 1) + chunk.length - 25 : readLsn(chunk, 1);
      this.received = Math.max(this.received, end);
      if (!this.isWithholding) this.tell();
    });
  }

  static async attach({ socketDir, port }: PlainEngine): Promise<Standby> {
    const config = { host: socketDir, port, user: 'rdsadmin', application_name: standbyName };
    const client = new Client({ ...config, replication: 'true' } as never);
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ xlogpos: string }>('IDENTIFY_SYSTEM');
    const from = rows[0]!.xlogpos;
    const standby = new Standby(client, parseLsn(from));
    // Answered when it ends.
    standby.wire.once('replicationStart', () => standby.tell());
    client.query(`START_REPLICATION PHYSICAL ${from}`).catch(() => undefined);
    return standby;
  }

  withhold(): void {
    this.isWithholding = true;
  }

  release(): void {
    this.isWithholding = false;
    this.tell();
  }

  async detach(): Promise<void> {
    await this.client.end();
  }

  private tell(): void {
    const status = Buffer.alloc(34);
    status.write('r', 'latin1');
    for (const at of [1, 9, 17]) writeLsn(status, this.received, at);
    this.wire.sendCopyFromChunk(status);
  }
}
