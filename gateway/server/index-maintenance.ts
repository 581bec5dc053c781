/** The private index of a stopped gateway: made again from the records, or compared with them. */

import { resolve } from 'node:path';
import { createPooledRandom } from '@hypergate/node/crypto';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { prepareDataDir } from './boot/data-dir.ts';
import { openFormat } from './boot/format-file.ts';
import { lockDataDir } from './boot/lock.ts';
import { openStorage, type Storage } from './boot/storage.ts';
import type { GatewayOptions } from './main.ts';

export interface IndexResult {
  readonly good: boolean;
  readonly sentence: string;
}

/** @throws StartError also while a gateway holds the data directory */
export async function maintainIndex(
  action: 'rebuild' | 'compare',
  { settings, folder }: GatewayOptions,
  say: (line: string) => void,
): Promise<IndexResult> {
  const { values } = settings;
  const dataDir = resolve(folder, values.dataDir);
  await using opened = new AsyncDisposableStack();
  await prepareDataDir(dataDir);
  const lock = await lockDataDir(dataDir);
  opened.defer(() => lock.release());
  await openFormat(dataDir);
  const keyFile = values.keystoreKeyFile === undefined ? undefined : resolve(folder, values.keystoreKeyFile);
  const storage = await openStorage(
    { dataDir, passphrase: values.keystorePassphrase, keyFile, proofs: undefined },
    {
      logger: pino({ level: values.logLevel }, pino.destination({ dest: 2, sync: true })),
      clock: { now: () => Date.now() },
      random: createPooledRandom(),
      metrics: new Registry(),
      say,
    },
  );
  opened.defer(() => storage.close());
  return action === 'rebuild' ? await rebuild(storage) : await compare(storage);
}

async function rebuild({ tables }: Pick<Storage, 'tables'>): Promise<IndexResult> {
  await tables.rebuildIndex();
  const compared = await compare({ tables });
  return { good: compared.good, sentence: `made the index again; ${compared.sentence}` };
}

async function compare({ tables }: Pick<Storage, 'tables'>): Promise<IndexResult> {
  const found = await tables.compareIndex();
  const faults =
    found.missing + found.different + found.superfluous + found.unknownDomains + found.unreadable;
  const counted = `${found.entries} entries for ${found.records} records in ${found.domains} domains`;
  if (faults === 0) return { good: true, sentence: `the index agrees with the records: ${counted}` };
  return {
    good: false,
    sentence:
      `the index does not agree with the records: ${found.missing} missing, ${found.different} different, ` +
      `${found.superfluous} superfluous, ${found.unknownDomains} unknown domains, ${found.unreadable} unreadable; ${counted}`,
  };
}
