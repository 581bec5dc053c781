/**
 * Who can read a proof document: the verifying part of the service that its subject names, `@hypergate/<scheme>/verify`.
 * Found in the folder of services as services are, so that a document never decides what else is loaded.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProofRefused } from '@hypergate/node/verifier';
import type { ProofClaim, VerifiedDocument } from '@hypergate/table/verify';
import { servicesFolder } from '../boot/services.ts';
import { systemCode } from '../errors.ts';

/** @throws ProofRefused when the document proves something else than its subject */
export type ProofReader = (document: VerifiedDocument) => ProofClaim;

export type LoadModule = (packageName: string) => Promise<Readonly<Record<string, unknown>>>;

/** @throws ProofRefused for a subject that no service here knows */
export async function findProofReader(
  subject: string,
  folder: string = servicesFolder,
  load: LoadModule = (name) => import(name),
): Promise<ProofReader> {
  const scheme = /^([a-z][a-z0-9-]{0,31}):\/\//.exec(subject)?.[1];
  const names = await verifyingServices(folder);
  if (scheme !== undefined && names.includes(scheme)) {
    const { describeProof } = await load(`@hypergate/${scheme}/verify`);
    if (typeof describeProof === 'function') return describeProof as ProofReader;
  }
  throw new ProofRefused('its subject is of a service that this version cannot verify');
}

/** Names of folders whose packages have the folder's name and a verifying part. */
async function verifyingServices(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names: string[] = [];
  for (const entry of entries) {
    if (entry.isDirectory() && (await isVerifying(folder, entry.name))) names.push(entry.name);
  }
  return names;
}

async function isVerifying(folder: string, name: string): Promise<boolean> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(folder, name, 'package.json'), 'utf8'));
    if (typeof manifest !== 'object' || manifest === null || !('exports' in manifest)) return false;
    const { exports } = manifest;
    const isNamed = 'name' in manifest && manifest.name === `@hypergate/${name}`;
    return isNamed && typeof exports === 'object' && exports !== null && './verify' in exports;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
