/**
 * Runs random commands against our engine and redis-server:
 *   main.ts [--commands 50000] [--seed text] [--only strings,lists] [--port of ours] [--peer-port of redis-server]
 * Servers without a port are started and ended. Exit code 1 when something differs that nothing explains.
 */
import { parseArguments } from '../../../lib/arguments.ts';
import { startOurRedis, startRedisServer } from '../../../lib/redis-targets.ts';
import { RawConnection } from './connection.ts';
import { explainedDifferences } from './explained-differences.ts';
import { grammars } from './grammars/index.ts';
import { type RunResult, runDifferential } from './run.ts';

const commandsInLongRun = 50_000;

export async function main(args: readonly string[]): Promise<number> {
  const options = parseArguments(args, {
    commands: 'string',
    seed: 'string',
    only: 'string',
    port: 'string',
    'peer-port': 'string',
  });
  const seed = options.text('seed', String(Date.now()));
  const only = options
    .text('only', '')
    .split(',')
    .filter((name) => name !== '');
  const chosen = grammars.filter(({ name }) => only.length === 0 || only.includes(name));
  const servers = [];
  const ports = [options.count('port', 0), options.count('peer-port', 0)];
  try {
    for (const [i, start] of [startOurRedis, () => startRedisServer()].entries()) {
      if (ports[i] !== 0) continue;
      const server = await start();
      servers.push(server);
      ports[i] = server.port;
    }
    const [ours, theirs] = await Promise.all(ports.map((port) => RawConnection.open('127.0.0.1', port)));
    console.log(`seed ${seed}`);
    const result = await runDifferential(ours!, theirs!, {
      seed,
      commands: options.count('commands', commandsInLongRun, 1),
      grammars: chosen,
    });
    ours!.close();
    theirs!.close();
    report(result);
    return result.differences.length === 0 ? 0 : 1;
  } finally {
    for (const server of servers) await server.dispose();
  }
}

function report({ commands, missing, differences, explained }: RunResult): void {
  for (const difference of differences) console.log(`${difference}\n`);
  if (missing.length > 0) console.log(`not there: ${missing.join(' ')}`);
  for (const { what } of explainedDifferences)
    console.log(`explained ${explained.get(what) ?? 0} times: ${what}`);
  console.log(`${commands} commands, ${differences.length} differences`);
}

if (process.argv[1] === import.meta.filename) process.exitCode = await main(process.argv.slice(2));
