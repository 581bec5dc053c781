/** The custodians of keys: their processes, and the gateway's side of them. */
import { join } from 'node:path';
import type { RandomSource } from '@hypergate/kit';
import type { CustodyPort } from '@hypergate/node/api';
import type { KeystoreProtection } from '@hypergate/node/crypto';
import { type Custody, type CustodyEvent, openCustody } from '@hypergate/node/jobs/threshold/coordinator';
import { encodeCallEvidence } from '@hypergate/node/jobs/threshold/evidence';
import { learnCommon, schemeRows } from '@hypergate/node/jobs/threshold/schemes';
import { ClassicLevelStore } from '@hypergate/node/store';
import type { Logger } from 'pino';
import type { CustodianSettings } from '../custodian/compose.ts';
import { launchCustodians } from '../custodian/launch.ts';
import { translateSystemError } from '../errors.ts';
import { serverLimits } from '../limits.ts';
import type { StorageIdentity } from './storage.ts';

export interface CustodianOptions extends Omit<CustodianSettings, 'nodeKeys' | 'writerKeys'> {
  readonly dataDir: string;
  readonly custodians: number;
  /** Of each custodian's keystore, as of the gateway's. */
  readonly protection: KeystoreProtection;
  readonly identity: StorageIdentity;
}

export interface OpenedCustody {
  readonly port: CustodyPort;
  /** Ids of the processes that run, by index. */
  pids(): ReadonlyMap<number, number>;
  close(): Promise<void>;
}

/** Does not wait for custodians to be ready: what needs them does. @throws StartError */
export async function openCustodians(
  options: CustodianOptions,
  modules: { readonly logger: Logger; readonly random: RandomSource },
): Promise<OpenedCustody> {
  const { dataDir, custodians, protection, identity, ...told } = options;
  const { logger, random } = modules;
  await using opened = new AsyncDisposableStack();
  const processes = await launchCustodians(
    {
      dataDir,
      custodians,
      coordinator: identity.coordinator.publicKey,
      protection,
      settings: { ...told, nodeKeys: [identity.nodeKey], writerKeys: [identity.writerKey] },
    },
    { logger },
  );
  opened.defer(() => processes.stop());
  const store = await openStore(join(dataDir, 'custodians', 'coordinator'));
  opened.defer(() => store.close());
  const custody: Custody = await openCustody(
    { committee: processes.committee, identity: identity.coordinator, schemes: schemeRows, timeoutMs },
    { store, random, encodeEvidence: encodeCallEvidence, learnCommon, report: (event) => log(event, logger) },
  );
  opened.defer(() => custody.close());
  processes.watch((custodian, address) => custody.setAddress(custodian, address));
  const closing = opened.move();
  return { port: custody, pids: () => processes.pids(), close: () => closing.disposeAsync() };
}

async function openStore(location: string): Promise<ClassicLevelStore> {
  try {
    return await ClassicLevelStore.open({ location });
  } catch (error) {
    throw translateSystemError(error, `the store ${location} cannot be opened`);
  }
}

/** Protocols in which custodians compute long, or wait for one another. */
function timeoutMs(kind: string): number | undefined {
  return serverLimits.custodianPatienceMs.find(([beginning]) => kind.startsWith(beginning))?.[1];
}

function log({ event, custodian, detail }: CustodyEvent, logger: Logger): void {
  if (event === 'accused') {
    logger.error(
      { custodian, detail },
      'a custodian of keys was caught cheating and is not asked any more: look at it, then clear the accusation',
    );
  } else if (event === 'letter-refused') logger.warn({ detail }, 'a custodian refused a letter');
  else logger.debug({ custodian, detail }, `custodian ${event}`);
}
