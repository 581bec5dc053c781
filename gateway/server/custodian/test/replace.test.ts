/** The command that replaces a custodian, on folders of real processes: what it refuses, and every place where it may be broken off. */
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ed25519SigningKey } from '@hypergate/node/crypto';
import { type Custody, openCustody } from '@hypergate/node/jobs/threshold/coordinator';
import {
  encodeToyEvidence,
  learnToyCommon,
  random,
  toyScheme,
  until,
  untilReady,
} from '@hypergate/node/jobs/threshold/custodian/test/support';
import { ClassicLevelStore } from '@hypergate/node/store';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary.ts';
import { readCommittee } from '../committee-document.ts';
import { launchCustodians } from '../launch.ts';
import { type ReplaceStep, replaceCustodian } from '../replace.ts';

const logger = pino({ level: 'silent' });
const identity = ed25519SigningKey(Buffer.alloc(32, 1));
const entry = new URL('./toy-entry.mjs', import.meta.url);
const protection = { kind: 'plain' } as const;

const opened: (() => Promise<void>)[] = [];
const closeAll = async () => {
  for (const close of opened.splice(0).reverse()) await close();
};
afterEach(closeAll);

/** As at a start of the gateway. */
async function start(dataDir: string): Promise<Custody> {
  const settings = {
    nodeKeys: [],
    writerKeys: [],
    accounts: [
      {
        accountId: '000000000000',
        userId: 'root',
        displayName: 'test',
        email: 'test@example.com',
        accessKeyId: 'test',
        secretAccessKey: 'test',
      },
    ] as const,
    region: 'us-east-1',
    s3Domains: [],
    allowUnsigned: false,
    allowsReset: false,
  };
  const coordinator = identity.publicKey;
  const processes = await launchCustodians(
    { dataDir, custodians: 4, coordinator, protection, settings, entry },
    { logger },
  );
  opened.push(() => processes.stop());
  const store = await ClassicLevelStore.open({ location: join(dataDir, 'custodians', 'coordinator') });
  opened.push(() => store.close());
  const { committee, succession } = processes;
  const changes = succession.handovers.map(({ member }, at) => ({ epoch: at + 1, custodian: member.index }));
  const custody = await openCustody(
    { committee, changes, identity, schemes: [toyScheme] },
    {
      store,
      random,
      encodeEvidence: encodeToyEvidence,
      learnCommon: learnToyCommon,
      report: () => undefined,
    },
  );
  opened.push(() => custody.close());
  processes.watch((index, address, why) => custody.setAddress(index, address, why));
  return custody;
}

/** A data directory of four that served once. */
let founded: string;
beforeAll(async () => {
  founded = await mkdtemp(join(tmpdir(), 'hypergate-founded-'));
  await untilReady(await start(founded), 4);
  await closeAll();
});

afterAll(() => rm(founded, { recursive: true, force: true }));

async function copy(): Promise<string> {
  const dataDir = await temporaryFolder();
  await cp(founded, dataDir, { recursive: true });
  return dataDir;
}
const inside = (dataDir: string, ...names: string[]) => join(dataDir, 'custodians', ...names);
const replace = (
  dataDir: string,
  index = 2,
  { force = false, after }: { readonly force?: boolean; readonly after?: (step: ReplaceStep) => void } = {},
) => replaceCustodian({ dataDir, index, force, protection, entry }, after);
const documentIn = async (dataDir: string) =>
  readCommittee(await readFile(inside(dataDir, 'committee.json'), 'utf8'));
const foldersIn = async (dataDir: string) => (await readdir(inside(dataDir))).sort();
const settled = ['1', '2', '3', '4', 'committee.json', 'coordinator'];
const keystoreOf = (dataDir: string, ...names: string[]) =>
  readFile(inside(dataDir, ...names, 'keystore'), 'latin1');

class Crash extends Error {}
const crashAfter = (at: ReplaceStep) => (step: ReplaceStep) => {
  if (step === at) throw new Crash();
};

test('the new one serves in the place of the old one, whose folder is moved aside', async () => {
  const dataDir = await copy();
  const old = await keystoreOf(dataDir, '2');
  expect(await replace(dataDir)).toEqual({
    epoch: 1,
    isNew: true,
    oldFolder: inside(dataDir, '2.replaced-1'),
    unsigned: [],
  });
  expect(await keystoreOf(dataDir, '2.replaced-1')).toBe(old);
  expect(await keystoreOf(dataDir, '2')).not.toBe(old);
  const custody = await start(dataDir);
  await untilReady(custody, 4);
  await until(() => custody.upkeep.status().replacement === undefined);
  await closeAll();

  // The old one is back; then the old committee is.
  await rename(inside(dataDir, '2'), inside(dataDir, 'aside'));
  await cp(inside(dataDir, '2.replaced-1'), inside(dataDir, '2'), { recursive: true });
  const refusing = await start(dataDir);
  const reasonOf = async (index: number) =>
    (await refusing.status()).custodians.find((one) => one.index === index)?.reason ?? '';
  await until(async () => (await reasonOf(2)).includes('it was replaced in epoch 1'));
  await closeAll();
  await cp(join(founded, 'custodians', 'committee.json'), inside(dataDir, 'committee.json'));
  await expect(start(dataDir)).rejects.toThrow('the committee is of epoch 0, and epoch 1 was served already');
  await closeAll();
  await rm(inside(dataDir, 'coordinator'), { recursive: true });
  const older = await start(dataDir);
  await until(async () => {
    const all = (await older.status()).custodians.map(({ reason }) => reason ?? '');
    return [0, 2, 3].every((at) => all[at]!.includes('of epoch 0, and this custodian follows epoch 1'));
  });
});

describe('broken off', () => {
  const steps: readonly ReplaceStep[] = [
    'made the keystore',
    'signed',
    'wrote the document',
    'moved the old folder away',
    'moved the new folder in',
  ];
  /** Before and after these the disk is as at one of them, or as at the end. */
  const startedAt: readonly ReplaceStep[] = ['signed', 'wrote the document', 'moved the old folder away'];
  test.each(steps)('when it %s, the same call or the next start goes on', async (step) => {
    const dataDir = await copy();
    await expect(replace(dataDir, 2, { after: crashAfter(step) })).rejects.toBeInstanceOf(Crash);
    const isWritten = steps.indexOf(step) >= steps.indexOf('wrote the document');
    expect((await documentIn(dataDir)).committee.epoch).toBe(isWritten ? 1 : 0);
    const made = isWritten ? (await documentIn(dataDir)).committee.members[1]!.key : undefined;

    // The next start, on a copy: of the one before or the one after, and nobody is missing.
    if (startedAt.includes(step)) {
      const started = await temporaryFolder();
      await cp(dataDir, started, { recursive: true });
      const custody = await start(started);
      await untilReady(custody, 4);
      expect((await custody.status()).epoch).toBe(isWritten ? 1 : 0);
      await closeAll();
      const left = [...settled, isWritten ? '2.replaced-1' : '2.new-1'].sort();
      expect(await foldersIn(started)).toEqual(left);
    }

    // The same call: twice is once.
    const again = await replace(dataDir);
    expect(again).toMatchObject({ epoch: 1, isNew: !isWritten });
    expect(await foldersIn(dataDir)).toEqual([...settled, '2.replaced-1'].sort());
    if (made !== undefined) expect((await documentIn(dataDir)).committee.members[1]!.key).toEqual(made);
    expect(await replace(dataDir)).toMatchObject({ epoch: 1, isNew: false, oldFolder: undefined });
  });

  test('a folder that is lost needs no moving, also when it turns up again half way', async () => {
    const dataDir = await copy();
    await rename(inside(dataDir, '2'), join(dataDir, 'found'));
    const late = replace(dataDir, 2, { after: crashAfter('wrote the document') });
    await expect(late).rejects.toBeInstanceOf(Crash);
    await mkdir(inside(dataDir, '2.replaced-1'));
    await rename(join(dataDir, 'found'), inside(dataDir, '2'));
    expect(await replace(dataDir)).toMatchObject({
      isNew: false,
      oldFolder: inside(dataDir, '2.replaced-1.2'),
    });
    expect(await foldersIn(dataDir)).toEqual([...settled, '2.replaced-1', '2.replaced-1.2'].sort());
  });

  test('what an abandoned try left is removed by the next for another one', async () => {
    const dataDir = await copy();
    const abandoned = replace(dataDir, 2, { after: crashAfter('signed') });
    await expect(abandoned).rejects.toBeInstanceOf(Crash);
    await replace(dataDir, 3);
    expect(await foldersIn(dataDir)).toEqual([...settled, '3.replaced-1'].sort());
    expect((await documentIn(dataDir)).succession.handovers.map(({ member }) => member.index)).toEqual([3]);
  });
});

describe('refused', () => {
  test('is a custodian that there is not, and a directory without any', async () => {
    const dataDir = await copy();
    await expect(replace(dataDir, 5)).rejects.toThrow('there are custodians 1 to 4, and no custodian 5');
    await expect(replace(await temporaryFolder())).rejects.toThrow('there are no custodians yet');
    await writeFile(inside(dataDir, 'committee.json'), '{"format":"hypergate-committee","version":3}');
    await expect(replace(dataDir)).rejects.toThrow('cannot be read: it has version 3');
  });

  test('when fewer than n - t others sign: which and why is said, and nothing is changed', async () => {
    const dataDir = await copy();
    await rm(inside(dataDir, '3'), { recursive: true });
    await cp(inside(dataDir, '1', 'keystore'), inside(dataDir, '4', 'keystore'));
    await expect(replace(dataDir)).rejects.toThrow(
      '3 of the other custodians have to sign, and 1 do; custodian 3 does not: its folder is missing; ' +
        'custodian 4 does not: the committee has another member in its place',
    );
    expect((await documentIn(dataDir)).committee.epoch).toBe(0);
    expect(await foldersIn(dataDir)).toContain('2');
  });

  test('is another replacement before the last is completed, unless it has to be', async () => {
    const dataDir = await copy();
    await replace(dataDir, 2);
    await expect(replace(dataDir, 3)).rejects.toThrow(
      'the replacement of custodian 2 (epoch 1) is not completed: start the gateway; use --force',
    );
    // Served, and not completed: custodian 4 is away.
    await rename(inside(dataDir, '4', 'keystore'), inside(dataDir, '4', 'away'));
    await untilReady(await start(dataDir), 3);
    await closeAll();
    await rename(inside(dataDir, '4', 'away'), inside(dataDir, '4', 'keystore'));
    for (const index of [2, 3])
      await expect(replace(dataDir, index)).rejects.toThrow(
        'wait until `hypergate custodians status` says so',
      );
    // Custodian 4 still follows the committee before the last.
    expect(await replace(dataDir, 3, { force: true })).toMatchObject({ epoch: 2, isNew: true });
    const custody = await start(dataDir);
    await untilReady(custody, 4);
    await until(() => custody.upkeep.status().replacement === undefined);
    await closeAll();
    expect(await replace(dataDir, 4)).toMatchObject({ epoch: 3, isNew: true });
    // An older document, where custodians served a newer one.
    await cp(join(founded, 'custodians', 'committee.json'), inside(dataDir, 'committee.json'));
    await expect(replace(dataDir, 4)).rejects.toThrow('follows epoch 2: put the newer document back');
  });
});
