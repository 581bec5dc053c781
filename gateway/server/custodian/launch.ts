/**
 * Starts the custodians of a gateway, a process each, below `<data directory>/custodians`:
 *
 *   committee.json   who they are (committee-document.ts)
 *   1/ 2/ 3/ 4/      what is one custodian's own: keystore, store
 *
 * First start: every process makes its keystore and says its public keys; when all have, the committee is written. A crash before that
 * leaves keystores, which the next start takes up; after it members are fixed, but for replace.ts. What that left is completed here.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaggedKey } from '@hypergate/node/api';
import type { KeystoreProtection } from '@hypergate/node/crypto';
import type { Committee, Member, Succession } from '@hypergate/node/jobs/threshold/custodian';
import type { Logger } from 'pino';
import { readBounded, writeWhole } from '../boot/files.ts';
import { StartError, translateSystemError } from '../errors.ts';
import {
  type CommitteeDocument,
  documentOf,
  readCommittee,
  thresholdOf,
  writeCommittee,
} from './committee-document.ts';
import type { CustodianSettings } from './compose.ts';
import { settleFolders } from './folders.ts';
import { processLimits } from './limits.ts';
import { SupervisedProcess } from './supervised-process.ts';

export interface LaunchOptions {
  readonly dataDir: string;
  /** At least 4. */
  readonly custodians: number;
  /** The gateway's node key: whose requests custodians answer. */
  readonly coordinator: TaggedKey;
  /** Of each custodian's keystore. */
  readonly protection: KeystoreProtection;
  readonly settings: CustodianSettings;
  /** File that calls `runCustodianProcess`. */
  readonly entry?: URL;
}

type Address = { readonly host: string; readonly port: number };
/** @param why it does not listen, in words, when that is known */
export type AddressListener = (custodian: number, address: Address | undefined, why?: string) => void;

export interface CustodianProcesses {
  readonly committee: Committee;
  /** How it came about. */
  readonly succession: Succession;
  /** Ids of the processes that run, by index. */
  pids(): ReadonlyMap<number, number>;
  /** Tells where each listens, now and whenever it changes. One listener. */
  watch(listener: AddressListener): void;
  /** Asks all to end, and ends those that do not. */
  stop(): Promise<void>;
}

const ownEntry = new URL('./entry.mjs', import.meta.url);
const host = '127.0.0.1';

/** @throws StartError */
export async function launchCustodians(
  options: LaunchOptions,
  modules: { readonly logger: Logger },
): Promise<CustodianProcesses> {
  const folder = join(options.dataDir, 'custodians');
  const path = join(folder, 'committee.json');
  const known = await prepare(folder, path, options);
  const addresses = new Map<number, Address>();
  const failures = new Map<number, string>();
  let listener: AddressListener = () => undefined;
  const processes = Array.from({ length: options.custodians }, (_, at) => {
    const index = at + 1;
    const { protection, settings, entry = ownEntry } = options;
    const directory = join(folder, String(index));
    const start = { index, directory, protection, settings, host, create: known === undefined };
    return new SupervisedProcess(entry, start, {
      listening(address, why) {
        if (address === undefined) addresses.delete(index);
        else addresses.set(index, { host: address.host, port: address.port });
        if (why !== undefined) failures.set(index, why);
        listener(index, addresses.get(index), why);
      },
      report: (what, detail) => modules.logger.warn({ custodian: index, detail }, `a custodian: ${what}`),
    });
  });
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map((one) => one.stop()));
  };
  try {
    const text = known === undefined ? undefined : writeCommittee(known);
    for (const one of processes) one.start(text);
    const document = known ?? (await found(processes, path, options));
    return {
      committee: document.committee,
      succession: document.succession,
      pids: () =>
        new Map(processes.flatMap(({ pid }, at) => (pid === undefined ? [] : [[at + 1, pid] as const]))),
      watch(watcher) {
        listener = watcher;
        for (const [index, why] of failures) watcher(index, undefined, why);
        for (const [index, address] of addresses) watcher(index, address);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The committee that there is, undefined at the first start. */
async function prepare(
  folder: string,
  path: string,
  { custodians, coordinator }: LaunchOptions,
): Promise<CommitteeDocument | undefined> {
  let document: CommitteeDocument;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const text = await readBounded(path, processLimits.committeeFileBytesMax);
    if (text === undefined) return undefined;
    document = readCommittee(text);
    await settleFolders(folder, document);
  } catch (error) {
    if (error instanceof RangeError)
      throw new StartError(`${path} cannot be read: ${error.message}`, 1, { cause: error });
    throw translateSystemError(error, `the folder of the custodians ${folder} cannot be used`);
  }
  const { members } = document.committee;
  if (members.length !== custodians)
    throw new StartError(
      `there are ${members.length} custodians, who hold the shares of all keys: set --custodians ${members.length}`,
    );
  if (Buffer.compare(document.coordinator, coordinator) !== 0)
    throw new StartError(`${path} is of a gateway with another keystore: put that keystore back`);
  return document;
}

/** Collects the members and writes who they are. */
async function found(
  processes: readonly SupervisedProcess[],
  path: string,
  { coordinator }: LaunchOptions,
): Promise<CommitteeDocument> {
  const members = await withinTime(processes);
  const committee: Committee = { epoch: 0, threshold: thresholdOf(members.length), members };
  const document = documentOf({ coordinator, first: committee, handovers: [] });
  const text = writeCommittee(document);
  await writeWhole(path, text, 0o600);
  for (const one of processes) one.setCommittee(text);
  return document;
}

async function withinTime(processes: readonly SupervisedProcess[]): Promise<Member[]> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new StartError('the custodians did not start in time')),
    processLimits.membersMs,
  );
  try {
    return await Promise.race([Promise.all(processes.map(({ member }) => member)), late]);
  } catch (error) {
    if (error instanceof StartError) throw error;
    const why = error instanceof Error ? error.message : 'its process ended';
    throw new StartError(`a custodian of keys cannot start: ${why}`, 1, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
