/** The custodians of keys: their processes, and the gateway's side of them. */
import { join } from 'node:path';
import type { RandomSource } from '@hypergate/kit';
import type { CustodyPort } from '@hypergate/node/api';
import type { KeystoreProtection } from '@hypergate/node/crypto';
import { type Custody, type CustodyEvent, openCustody } from '@hypergate/node/jobs/threshold/coordinator';
import { encodeCallEvidence } from '@hypergate/node/jobs/threshold/evidence';
import { learnCommon, renewShared, repairShared, schemeRows } from '@hypergate/node/jobs/threshold/schemes';
import { ClassicLevelStore } from '@hypergate/node/store';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { CustodianSettings } from '../custodian/compose.ts';
import { launchCustodians } from '../custodian/launch.ts';
import { StartError, translateSystemError } from '../errors.ts';
import { serverLimits } from '../limits.ts';
import { recordCustodyMetrics, taskMetrics } from './custody-metrics.ts';
import { type CustodyOperator, createCustodyOperator } from './custody-operator.ts';
import type { StorageIdentity } from './storage.ts';

export interface CustodianOptions extends Omit<CustodianSettings, 'nodeKeys' | 'writerKeys'> {
  readonly dataDir: string;
  readonly custodians: number;
  /** Of each custodian's keystore, as of the gateway's. */
  readonly protection: KeystoreProtection;
  readonly identity: StorageIdentity;
  /** In which every key gets new shares; 0 for never. */
  readonly refreshMs: number;
}

export interface OpenedCustody {
  readonly port: CustodyPort;
  readonly operator: CustodyOperator;
  close(): Promise<void>;
}

/** Does not wait for custodians to be ready: what needs them does. @throws StartError */
export async function openCustodians(
  options: CustodianOptions,
  modules: { readonly logger: Logger; readonly random: RandomSource; readonly metrics: Registry },
): Promise<OpenedCustody> {
  const { dataDir, custodians, protection, identity, refreshMs, ...told } = options;
  const { logger, random, metrics } = modules;
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
  const { committee, succession } = processes;
  const custody: Custody = await openOrExplain(
    {
      committee,
      changes: succession.handovers.map(({ member }, at) => ({
        epoch: succession.first.epoch + at + 1,
        custodian: member.index,
      })),
      identity: identity.coordinator,
      schemes: schemeRows,
      timeoutMs,
      refreshMs,
    },
    {
      store,
      random,
      encodeEvidence: encodeCallEvidence,
      learnCommon,
      repairShared,
      renewShared,
      report: (event) => log(event, logger),
      observe: taskMetrics(metrics),
    },
  );
  recordCustodyMetrics(metrics, custody);
  opened.defer(() => custody.close());
  processes.watch((custodian, address, why) => custody.setAddress(custodian, address, why));
  const closing = opened.move();
  return {
    port: custody,
    operator: createCustodyOperator({ custody, pids: () => processes.pids(), refreshMs }),
    close: () => closing.disposeAsync(),
  };
}

async function openOrExplain(...args: Parameters<typeof openCustody>): Promise<Custody> {
  try {
    return await openCustody(...args);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new StartError(
      `custodians/committee.json is an old one: ${error.message}; put the newer one back`,
      1,
      {
        cause: error,
      },
    );
  }
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
  else if (event === 'upkeep-failed') logger.warn({ detail }, 'keys could not be looked after; tried again');
  else if (event === 'share-recovered') logger.info({ custodian, detail }, 'a custodian has its share again');
  else if (event === 'replaced')
    logger.info({ detail }, 'the replacement of custodians is completed: what they had is worthless');
  else if (event === 'refreshed') logger.info({ detail }, 'all keys were refreshed');
  else logger.debug({ custodian, detail }, `custodian ${event}`);
}
