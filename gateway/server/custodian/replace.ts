/**
 * Another custodian in the place of one whose directory or keystore is lost or was stolen, while no gateway holds the data directory.
 *
 *   1. the new one's process makes its keystore, in a folder of its own        a crash leaves that folder, and the same call takes it up
 *   2. of the others at least n - t sign the committee with it                 nothing new on any disk
 *   3. the committee document is written whole                                 from here on the new one is a custodian
 *   4. the old folder is moved away, the new one into its place                the next start, or call, goes on with it (folders.ts)
 *
 * The document comes before the folders: the other way round a crash between the two would leave a folder that the document in force does not
 * know, and no start could tell the right one. The process of each custodian opens its own keystore alone, so none has what
 * two of them have.
 *
 * The new custodian has no shares yet: the gateway sees to that when it starts, and that those of the old one become worthless (upkeep/completion.ts).
 * Until then there is one custodian less, and another replacement would be one too many: t + 1 old custodians have the keys.
 */
import { join } from 'node:path';
import type { KeystoreProtection } from '@hypergate/node/crypto';
import { readEpoch } from '@hypergate/node/jobs/threshold/coordinator';
import {
  custodianLimits,
  indicesOf,
  type Member,
  type SuccessionSignature,
  signersMin,
} from '@hypergate/node/jobs/threshold/custodian';
import { readReplacement } from '@hypergate/node/jobs/threshold/upkeep';
import { ClassicLevelStore } from '@hypergate/node/store';
import { readBounded, syncFolder, writeWhole } from '../boot/files.ts';
import { ConfigError, StartError, translateSystemError } from '../errors.ts';
import { type CommitteeDocument, documentOf, readCommittee, writeCommittee } from './committee-document.ts';
import type { CustodianSettings } from './compose.ts';
import { ErrandFailed, runErrand } from './errand.ts';
import { comingFolder, exists, type FolderStep, removeAbandoned, settleFolders } from './folders.ts';
import { processLimits } from './limits.ts';
import type { CustodianStart } from './messages.ts';

export interface ReplaceOptions {
  readonly dataDir: string;
  /** From 1 on. */
  readonly index: number;
  /** Also while an earlier replacement is not completed. */
  readonly force: boolean;
  /** Of each custodian's keystore, as at a start. */
  readonly protection: KeystoreProtection;
  /** File that calls `runCustodianProcess`. */
  readonly entry?: URL;
}

export type ReplaceStep = 'made the keystore' | 'signed' | 'wrote the document' | FolderStep;

export interface Replaced {
  readonly epoch: number;
  /** False: an earlier call did it, and the gateway has not been started since. */
  readonly isNew: boolean;
  /** Where the old folder is; undefined when it was lost, or was moved before. */
  readonly oldFolder: string | undefined;
  /** Others that did not sign, and why not. */
  readonly unsigned: readonly string[];
}

const ownEntry = new URL('./entry.mjs', import.meta.url);
const host = '127.0.0.1';
/** Custodians are told nothing of calls here. */
const settings: CustodianSettings = {
  nodeKeys: [],
  writerKeys: [],
  accounts: [{ accountId: '', userId: '', displayName: '', email: '', accessKeyId: '', secretAccessKey: '' }],
  region: '',
  s3Domains: [],
  allowUnsigned: false,
  allowsReset: false,
};

/**
 * The caller holds the lock of the data directory.
 *
 * @param after for tests: told of every step that is done
 * @throws StartError
 */
export async function replaceCustodian(
  options: ReplaceOptions,
  after: (step: ReplaceStep) => void = () => undefined,
): Promise<Replaced> {
  const folder = join(options.dataDir, 'custodians');
  try {
    return await replace(folder, options, after);
  } catch (error) {
    throw translateSystemError(error, `the folder of the custodians ${folder} cannot be used`);
  }
}

async function replace(
  folder: string,
  options: ReplaceOptions,
  after: (step: ReplaceStep) => void,
): Promise<Replaced> {
  const { index, force } = options;
  const path = join(folder, 'committee.json');
  const document = await readDocument(path);
  const { committee, coordinator, succession } = document;
  if (committee.members[index - 1] === undefined)
    throw new ConfigError(`there are custodians 1 to ${committee.members.length}, and no custodian ${index}`);
  const settled = await settleFolders(folder, document, after);
  const pending = await pendingOf(folder, document);
  if (pending !== undefined && !force) {
    if (pending.isStarted || pending.last !== index) throw notCompleted(pending, committee.epoch);
    return { epoch: committee.epoch, isNew: false, oldFolder: settled, unsigned: [] };
  }
  if (succession.handovers.length >= custodianLimits.handoversMax)
    throw new StartError(`custodians were replaced ${custodianLimits.handoversMax} times already`);

  const epoch = committee.epoch + 1;
  const coming = comingFolder(folder, index, epoch);
  await removeAbandoned(folder, coming);
  const member = await makeMember(coming, options);
  await syncFolder(folder);
  after('made the keystore');

  const { signatures, unsigned } = await sign(folder, document, member, options);
  if (signatures.length < signersMin(committee))
    throw new StartError(
      `${signersMin(committee)} of the other custodians have to sign, and ${signatures.length} do; ${unsigned.join('; ')}`,
    );
  const handovers = [...succession.handovers, { member, signatures }];
  const next = documentOf({ coordinator, first: succession.first, handovers });
  after('signed');

  await writeWhole(path, writeCommittee(next), 0o600);
  after('wrote the document');
  const oldFolder = await settleFolders(folder, next, after);
  return { epoch, isNew: true, oldFolder, unsigned };
}

async function readDocument(path: string): Promise<CommitteeDocument> {
  try {
    const text = await readBounded(path, processLimits.committeeFileBytesMax);
    if (text === undefined) throw new StartError(`there are no custodians yet: ${path} is not there`);
    return readCommittee(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new StartError(`${path} cannot be read: ${error.message}`, 1, { cause: error });
  }
}

interface Pending {
  /** Who was replaced last. */
  readonly last: number;
  /** A gateway was started since. */
  readonly isStarted: boolean;
}

/** What is left to be done of the last replacement, by the coordinator's store. */
async function pendingOf(
  folder: string,
  { committee, succession }: CommitteeDocument,
): Promise<Pending | undefined> {
  const last = succession.handovers.at(-1)?.member.index;
  if (last === undefined) return undefined;
  const location = join(folder, 'coordinator');
  if (!(await exists(location))) return { last, isStarted: false };
  const store = await ClassicLevelStore.open({ location });
  try {
    const served = (await readEpoch(store)) ?? succession.first.epoch;
    if (served > committee.epoch)
      throw new StartError(
        `the committee document is of epoch ${committee.epoch}, and a gateway served epoch ${served}: put the newer document back`,
      );
    if (served < committee.epoch) return { last, isStarted: false };
    return (await readReplacement(store)) === undefined ? undefined : { last, isStarted: true };
  } finally {
    await store.close();
  }
}

function notCompleted({ last, isStarted }: Pending, epoch: number): StartError {
  const what = isStarted
    ? 'start the gateway and wait until `hypergate custodians status` says so'
    : 'start the gateway';
  return new StartError(
    `the replacement of custodian ${last} (epoch ${epoch}) is not completed: ${what}; use --force if that cannot be, since a custodian was lost meanwhile`,
  );
}

/** The process that makes the keystore says what its public keys are. */
async function makeMember(directory: string, options: ReplaceOptions): Promise<Member> {
  const { index } = options;
  try {
    return await runErrand(
      options.entry ?? ownEntry,
      startOf(index, directory, options, true),
      [],
      (message) => {
        if (message.type !== 'member') return undefined;
        const { key, sealingKey } = message;
        return { index, key, sealingKey };
      },
    );
  } catch (error) {
    if (!(error instanceof ErrandFailed)) throw error;
    throw new StartError(`the keystore in ${directory} cannot be made or opened: ${error.message}`, 1, {
      cause: error,
    });
  }
}

async function sign(
  folder: string,
  document: CommitteeDocument,
  member: Member,
  options: ReplaceOptions,
): Promise<{ readonly signatures: SuccessionSignature[]; readonly unsigned: string[] }> {
  const text = writeCommittee(document);
  const signatures: SuccessionSignature[] = [];
  const unsigned: string[] = [];
  const others = indicesOf(document.committee).filter((index) => index !== member.index);
  await Promise.all(
    others.map(async (index) => {
      const directory = join(folder, String(index));
      try {
        // Its process would make the folder.
        if (!(await exists(directory))) throw new ErrandFailed('its folder is missing');
        const signature = await runErrand(
          options.entry ?? ownEntry,
          startOf(index, directory, options, false),
          [{ type: 'hand-over', document: text, member }],
          (message) => (message.type === 'signed' ? message.signature : undefined),
        );
        if (signature.custodian !== index) throw new ErrandFailed('it signed for another');
        signatures.push(signature);
      } catch (error) {
        if (!(error instanceof ErrandFailed)) throw error;
        unsigned.push(`custodian ${index} does not: ${error.message}`);
      }
    }),
  );
  signatures.sort((left, right) => left.custodian - right.custodian);
  return { signatures, unsigned: unsigned.sort() };
}

function startOf(
  index: number,
  directory: string,
  { protection }: ReplaceOptions,
  create: boolean,
): CustodianStart {
  return { index, directory, protection, create, host, settings };
}
