/** The smallest synchronous standby: takes the write-ahead log over the replication protocol and confirms all of it at once. */
import { Client, type Connection } from 'pg';
import { formatLsn, type Lsn, parseLsn, readLsn, writeLsn } from '../../../model/lsn.ts';
import { adminConfig } from '../../admin-session.ts';
import type { RunningEngine } from '../../api.ts';
import { standbyName } from '../../settings.ts';

const walData = 0x77;
const keepalive = 0x6b;
const walHeadBytes = 25;

export interface StandbyClient {
  /** End of what has arrived. */
  received(): Lsn;
  /** The server has ended the stream. */
  readonly ended: Promise<void>;
  detach(): Promise<void>;
}

interface ReplicationConnection extends Connection {
  sendCopyFromChunk(chunk: Buffer): void;
}

export async function attachStandby(engine: RunningEngine): Promise<StandbyClient> {
  const config = { ...adminConfig(engine), application_name: standbyName, replication: 'true' };
  const client = new Client(config);
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ xlogpos: string; timeline: number }>('IDENTIFY_SYSTEM');
  let received = parseLsn(rows[0]!.xlogpos);
  // The types of pg hide the connection, which is the only way to the messages of a copy in both directions.
  const connection = (client as unknown as { connection: ReplicationConnection }).connection;
  const confirm = () => {
    const status = Buffer.alloc(34);
    status[0] = 0x72;
    for (const at of [1, 9, 17]) writeLsn(status, received, at);
    connection.sendCopyFromChunk(status);
  };
  const started = new Promise<void>((resolve) => connection.once('replicationStart', resolve));
  connection.on('copyData', ({ chunk }: { chunk: Buffer }) => {
    if (chunk[0] === walData) received = Math.max(received, readLsn(chunk, 1) + chunk.length - walHeadBytes);
    if (chunk[0] === walData || chunk[0] === keepalive) confirm();
  });
  const ended = new Promise<void>((resolve) => {
    client.once('end', () => resolve());
  });
  // Keeps the log that has not been sent from being removed by a checkpoint.
  await client.query(`CREATE_REPLICATION_SLOT ${standbyName} TEMPORARY PHYSICAL RESERVE_WAL`);
  const query = client.query(
    `START_REPLICATION SLOT ${standbyName} PHYSICAL ${formatLsn(received)} TIMELINE ${rows[0]!.timeline}`,
  );
  query.catch(() => undefined);
  await Promise.race([started, query]);
  confirm();
  const detach = async () => {
    connection.stream.destroy();
    await ended;
  };
  return { received: () => received, ended, detach };
}
