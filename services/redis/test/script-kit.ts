/** What tests of scripts share: an engine on a clock set by hand, with other clients that speak while a script runs for long. */
import type { Engine, EngineModules } from '../engine/engine.ts';
import { createEngine } from '../process/create-engine.ts';
import { type Answer, TestClient } from './support/value-client.ts';

export interface ScriptSetting {
  readonly engine: Engine;
  readonly client: TestClient;
  /** Milliseconds that each reading of the clock takes. */
  clockStepMs: number;
  now: number;
  /** Called while a script is slow. */
  whileBusy: () => void;
  /** Times that the end of a slow script was told. */
  busyEnds: number;
  readonly logged: string[];
  /** EVAL without keys. */
  eval(body: string, ...args: string[]): Answer;
}

export function scriptSetting(
  journaling = false,
  modules: Partial<Pick<EngineModules, 'random'>> = {},
): ScriptSetting {
  const setting = {
    clockStepMs: 0,
    now: 1_700_000_000_000,
    whileBusy: () => undefined,
    busyEnds: 0,
    logged: [] as string[],
    eval: (body: string, ...args: string[]) => setting.client.run('EVAL', body, 0, ...args),
  } as { -readonly [K in keyof ScriptSetting]: ScriptSetting[K] };
  setting.engine = createEngine(
    { journaling },
    {
      clock: {
        now() {
          setting.now += setting.clockStepMs;
          return setting.now;
        },
      },
      random: modules.random ?? Math.random,
      pollWhileBusy: () => setting.engine.whileBusy(() => setting.whileBusy()),
      noLongerBusy: () => {
        setting.busyEnds++;
      },
      log: (level, text) => setting.logged.push(`${level} ${text}`),
    },
  );
  setting.client = new TestClient(setting.engine);
  return setting;
}

/** The message of an answer that must be an error. */
export function errorOf(answer: Answer): string {
  if (!(answer instanceof Error)) throw new Error(`no error but ${JSON.stringify(answer)}`);
  return answer.message;
}
