/** What the checks of the browser need: objects and proofs of a gateway, a site with the bundled verifier, and a page of it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { trustRootSchema } from '@hypergate/openapi/admin';
import { type Bundle, bundleVerifier } from '@hypergate/verifier/bundle';
import { adminEndpoint } from '../../lib/admin.ts';
import { streamBytes } from '../../lib/content.ts';
import { repositoryRoot } from '../../lib/gateway.ts';
import { s3Client } from '../../lib/sdk.ts';
import type { ClientContext } from '../context.ts';
import { mustRun } from '../run.ts';
import { startBrowser } from './browser.ts';
import type { Page } from './page.ts';
import { openSite, type Site } from './site.ts';

/** A proof waits for a frame. */
export const proofEnvironment = { HYPERGATE_FRAME_INTERVAL: '1s' } as const;

const Bucket = 'chromium';
/** A record with its body, one chunk, and a relation over three. */
const objects = [
  ['inline', 1000],
  ['one chunk', 1_000_003],
  ['several/chunks ünïcödé', 20_000_007],
] as const;

/** By the name of its key. */
export interface Proven {
  readonly key: string;
  /** Text of the document. */
  readonly document: string;
  /** What `hypergate verify --json` printed. */
  readonly told: unknown;
  /** With the object's bytes. */
  readonly file: string;
  /** Where the site has them. */
  readonly path: string;
}

export interface World {
  readonly browserVersion: string;
  readonly trustRoot: string;
  /** Of objects of rising size. */
  readonly present: readonly Proven[];
  /** Of a key that does not exist, and one with an output of the delay function. */
  readonly others: readonly Pick<Proven, 'key' | 'document' | 'told'>[];
  readonly bundle: Bundle;
  /** The bundle in a file. */
  readonly bundleFile: string;
  readonly site: Site;
  readonly page: Page;
  openPage(url: string): Promise<Page>;
}

/** @param opened gets what is to be closed, also when this fails half way */
export async function openWorld(context: ClientContext, opened: AsyncDisposableStack): Promise<World> {
  const here = join(context.scratch, 'chromium');
  mkdirSync(here, { recursive: true });
  const bundle = await bundleVerifier();
  const bundleFile = join(here, 'verifier.js');
  writeFileSync(bundleFile, bundle.code);
  const { trustRoot, present, others } = await prove(context, here);
  const files = new Map(present.map(({ path, file }) => [path, readFileSync(file)]));
  const site = await openSite(bundle, files);
  opened.defer(() => site.close());
  const browser = await startBrowser();
  opened.defer(() => browser.close());
  const page = await browser.open(site.secure);
  const browserVersion = browser.version;
  return {
    browserVersion,
    trustRoot,
    present,
    others,
    bundle,
    bundleFile,
    site,
    page,
    openPage: browser.open,
  };
}

async function prove(
  context: ClientContext,
  here: string,
): Promise<Pick<World, 'trustRoot' | 'present' | 'others'>> {
  const { target } = context;
  const s3 = s3Client(target);
  await s3.send(new CreateBucketCommand({ Bucket }));
  const files = objects.map(([Key, length], index) => {
    const Body = streamBytes(`chromium ${Key}`, length);
    const file = join(here, String(index));
    writeFileSync(file, Body);
    return { key: Key, Body, file, path: `/files/${index}` };
  });
  for (const { key: Key, Body } of files) await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  s3.destroy();
  const admin = adminEndpoint(target);
  const { trustRoot } = trustRootSchema.parse(JSON.parse(await text(`${admin}/trust-root`)));
  const documentOf = (key: string, query = '') =>
    text(`${admin}/proof?target=${encodeURIComponent(`s3://${Bucket}/${key}`)}${query}`);
  const known = async <Item extends { readonly key: string }>(item: Item, query?: string) => {
    const document = await documentOf(item.key, query);
    return { ...item, document, told: await tell(context, here, document, trustRoot) };
  };
  // At once: they wait for the same frame.
  const [present, absent, late] = await Promise.all([
    Promise.all(files.map(({ key, file, path }) => known({ key, file, path }))),
    known({ key: 'missing' }, '&disclose-address-key=true'),
    known({ key: 'inline' }, '&delay=true'),
  ]);
  return { trustRoot, present, others: [absent, { ...late, key: 'inline with delay' }] };
}

let told = 0;

/** What the command line says. */
async function tell(
  { env }: ClientContext,
  here: string,
  document: string,
  trustRoot: string,
): Promise<unknown> {
  told += 1;
  const file = join(here, `proof-${told}.json`);
  writeFileSync(file, document);
  const program = join(repositoryRoot, 'gateway', 'server', 'hypergate.mjs');
  const args = [program, 'verify', file, '--trust-root', trustRoot, '--json'];
  return JSON.parse((await mustRun(process.execPath, args, { env })).stdout.toString());
}

async function text(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.text();
}
