/** The SDK's client with one attempt, whose callers see what an application would: an attempt that failed is counted, and then made again. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type KMSClient, KMSServiceException } from '@aws-sdk/client-kms';
import { kmsClient } from '../../lib/kms-client.ts';
import type { Target } from '../../lib/target.ts';

export interface Tally {
  calls: number;
  /** Calls whose first attempt failed for a reason of the service's, by operation. */
  readonly visible: Map<string, number>;
  /** Calls that failed however often they were made. */
  failed: number;
  slowestMs: number;
}

const attemptsMax = 20;
const pauseMs = 250;

export function countingClient(target: Target, tally: Tally): KMSClient {
  const client = kmsClient(target);
  const once = client.send.bind(client) as (command: object) => Promise<unknown>;
  const send = async (command: object): Promise<unknown> => {
    tally.calls += 1;
    const begun = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await once(command);
        tally.slowestMs = Math.max(tally.slowestMs, performance.now() - begun);
        return answer;
      } catch (error) {
        const isTheirs = error instanceof KMSServiceException && (error.$metadata.httpStatusCode ?? 0) < 500;
        if (isTheirs) throw error;
        const operation = command.constructor.name.replace(/Command$/, '');
        if (attempt === 1) tally.visible.set(operation, (tally.visible.get(operation) ?? 0) + 1);
        if (attempt === attemptsMax) {
          tally.failed += 1;
          throw error;
        }
        await sleep(pauseMs);
      }
    }
  };
  return Object.assign(client, { send });
}
