/**
 * Proofs of a started gateway, checked in a browser by the bundled verifier: it says what `hypergate verify` says, in a page
 * and in a worker, and refuses what is refused under Node.js.
 */
import { closeSync, copyFileSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Verifier from '@hypergate/verifier';
import { repositoryRoot } from '../lib/gateway.ts';
import { SeededRandom } from '../lib/random.ts';
import { type Checks, equal, holds } from './checks.ts';
import { chromiumProgram } from './chromium/browser.ts';
import { openWorld, type Proven, type World } from './chromium/world.ts';
import { type ClientContext, requireProgram } from './context.ts';

const module = '/checks.mjs';
const flipsPerDocument = 16;
const timesMeasured = 7;
/** Documents about a bucket large enough that its trees have commitments to open. */
const goldens = join(repositoryRoot, 'gateway', 'verifier', 'test', 'golden');

export async function checkChromium(context: ClientContext): Promise<void> {
  const checks = context.checks.group('chromium');
  if (!requireProgram(checks, chromiumProgram)) return;
  await using opened = new AsyncDisposableStack();
  let world: World | undefined;
  await checks.check('the verifier is bundled, objects are put and proven, a page loads', async () => {
    world = await openWorld(context, opened);
  });
  if (world === undefined) return;
  await checkSpeed(checks, world);
  await checkOutcomes(checks, world);
  await checkFlips(checks, world);
  await checkFiles(checks, world);
  await checkPlain(checks, world);
  await checkNothingElse(checks, world);
}

/** First of all, so that the first check is that of a page just loaded. Times are printed, not judged. */
async function checkSpeed(checks: Checks, { page, bundle, browserVersion, trustRoot, others }: World) {
  const ms = (time: number | undefined) => `${time?.toFixed(0)} ms`;
  const time = async (document: string | undefined, root: string) => {
    const { loadMs, times } = (await page.run(
      module,
      'timed',
      Array(timesMeasured).fill(document),
      root,
    )) as { loadMs: number; times: number[] };
    const sorted = times.slice(1).sort((left, right) => left - right);
    return { loadMs, first: times[0], median: sorted[sorted.length >> 1] };
  };
  await checks.check('proofs are checked in the page', async () => {
    const absent = await time(others[0]?.document, trustRoot);
    const root = readFileSync(join(goldens, 'trust-root.txt'), 'utf8').trim();
    const opening = await time(readFileSync(join(goldens, 'absent.proof'), 'utf8'), root);
    const size = `${bundle.bytes} bytes, ${bundle.gzipBytes} with gzip`;
    console.log(
      `measure chromium: ${browserVersion}; the bundle has ${size} and loads in ${ms(absent.loadMs)}`,
    );
    console.log(`measure chromium: absence, first check ${ms(absent.first)}, then ${ms(absent.median)}`);
    console.log(`measure chromium: absence in a large bucket, with openings, ${ms(opening.median)}`);
  });
}

async function checkOutcomes(checks: Checks, { page, trustRoot, present, others }: World) {
  const proofs = [...present, ...others];
  const documents = proofs.map(({ document }) => document);
  const told = proofs.map((proof) => proof.told);
  await checks.check(`a page says of ${proofs.length} proofs what \`hypergate verify\` says`, async () => {
    holds(
      told.every((report) => (report as { verified: boolean }).verified),
      'the command refuses',
    );
    equal(await page.run(module, 'verify', documents, trustRoot), told, 'reports');
  });
  await checks.check('so does a worker of the page', async () => {
    equal(await page.run(module, 'verifyInWorker', documents, trustRoot), told, 'reports');
  });
  await checks.check('another trust root is refused', async () => {
    const outcomes = await page.run(module, 'verify', documents.slice(0, 1), '00'.repeat(32));
    const reason = `the proof is of another network: its trust root is ${trustRoot}`;
    equal(outcomes, [{ verified: false, reason }], 'outcome');
  });
}

async function checkFlips(checks: Checks, { page, trustRoot, present, others, bundleFile }: World) {
  const { verifyProofDocument } = (await import(pathToFileURL(bundleFile).href)) as typeof Verifier;
  for (const { key, document } of [...present.slice(0, 1), ...others]) {
    const seed = `flips ${trustRoot} ${key}`;
    const random = new SeededRandom(seed);
    const bytes = Buffer.from(document);
    const flips = Array.from({ length: flipsPerDocument }, () => [
      random.between(0, bytes.length - 1),
      random.between(0, 7),
    ]) as [at: number, bit: number][];
    await checks.check(`${flips.length} flipped bits of "${key}" are refused as under Node.js`, async () => {
      const reasons: string[] = [];
      for (const [at, bit] of flips) {
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at] as number) ^ (1 << bit);
        const outcome = await verifyProofDocument(changed, trustRoot).catch((error: Error) => error);
        holds(outcome instanceof Error && outcome.name === 'ProofRefused', `accepted; seed ${seed}`);
        reasons.push((outcome as Error).message);
      }
      const outcomes = await page.run(module, 'verifyFlipped', document, trustRoot, flips);
      equal(
        outcomes,
        reasons.map((reason) => ({ verified: false, reason })),
        `seed ${seed}`,
      );
    });
  }
}

async function checkFiles(checks: Checks, { page, trustRoot, present }: World) {
  const choose = async ({ document }: Proven, file: string) => {
    await page.choose('input', file);
    return (await page.run(module, 'compareChosen', document, trustRoot)) as {
      verdict: Verifier.FileVerdict;
      ms: number;
    };
  };
  for (const proven of present) {
    const { key, file, path, document } = proven;
    const { length } = readFileSync(file);
    await checks.check(`a chosen file is "${key}", with its last bit changed it is not`, async () => {
      const { verdict, ms } = await choose(proven, file);
      equal(verdict, { same: true, bytes: length }, 'the object');
      console.log(`measure chromium: a file of ${length} bytes compared in ${ms.toFixed(0)} ms`);
      const changed = await choose(proven, withLastBitChanged(file));
      equal(changed.verdict.same, false, 'another file');
    });
    await checks.check(`an answer's stream and a blob are "${key}", and no other object is`, async () => {
      const same = { same: true, bytes: length };
      equal(await page.run(module, 'compareFetched', document, trustRoot, path), [same, same], 'the object');
      const other = present.find((one) => one !== proven)?.path;
      const found = (await page.run(
        module,
        'compareFetched',
        document,
        trustRoot,
        other,
      )) as Verifier.FileVerdict[];
      equal(
        found.map((verdict) => verdict.same),
        [false, false],
        'another object',
      );
    });
  }
}

function withLastBitChanged(file: string): string {
  const changed = `${file}.changed`;
  copyFileSync(file, changed);
  const bytes = readFileSync(file);
  const handle = openSync(changed, 'r+');
  writeSync(handle, Uint8Array.of((bytes.at(-1) as number) ^ 1), 0, 1, bytes.length - 1);
  closeSync(handle);
  return changed;
}

async function checkPlain(checks: Checks, { openPage, site, trustRoot, present }: World) {
  await checks.check('a page without a secure origin, so without WebCrypto, does the same', async () => {
    const page = await openPage(site.plain);
    equal(await page.run(module, 'hasWebCrypto'), false, 'WebCrypto');
    for (const { document, told, path } of present.slice(0, 2)) {
      equal(await page.run(module, 'verify', [document], trustRoot), [told], 'report');
      const verdicts = await page.run(module, 'compareFetched', document, trustRoot, path);
      equal(
        (verdicts as Verifier.FileVerdict[]).map(({ same }) => same),
        [true, true],
        'the object',
      );
    }
    equal(page.faults, [], 'faults');
  });
}

async function checkNothingElse(checks: Checks, { page, site }: World) {
  await checks.check('nothing went wrong in the page, and nothing but its parts was asked for', async () => {
    equal(page.faults, [], 'faults');
    const known = /^\/(?:verifier\.js|checks\.mjs|worker\.mjs|files\/\d)?$/;
    equal(
      site.asked.filter((path) => !known.test(path)),
      [],
      'requests',
    );
  });
}
