/** `hypergate custodians`: how the custodians of keys are, what an operator asks of them, and another in the place of one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Custodians, custodiansSchema } from '@hypergate/openapi/admin';
import { ConfigError } from '../errors.ts';
import { askAdmin } from './admin-client.ts';
import type { Flags } from './main.ts';
import { printable } from './printable.ts';
import { commandSettings } from './settings.ts';

const patienceMs = 20_000;
/** Between two looks at a refresh that goes on. */
const lookMs = 500;

export async function runCustodianStatus(flags: Flags, options: { readonly json: boolean }): Promise<void> {
  const status = await ask(flags, 'GET', '/custodians');
  process.stdout.write(options.json ? `${JSON.stringify(status, null, 2)}\n` : statusText(status));
  const ready = status.custodians.filter(({ state }) => state === 'ready').length;
  if (ready < status.custodians.length - status.threshold) process.exitCode = 1;
}

export async function runRefresh(flags: Flags): Promise<void> {
  let status = await ask(flags, 'POST', '/custodians/refresh');
  while (status.refresh.running) {
    await sleep(lookMs);
    status = await ask(flags, 'GET', '/custodians');
  }
  const { keys, failed } = status.refresh;
  process.stdout.write(
    `${keys} keys have new shares${failed === 0 ? '' : `, ${failed} failed and are tried again`}\n`,
  );
  if (failed > 0) process.exitCode = 1;
}

export async function runAccept(index: string, flags: Flags): Promise<void> {
  process.stdout.write(statusText(await ask(flags, 'POST', `/custodians/${indexOf(index)}/accept`)));
}

/** On the data directory of a stopped gateway. */
export async function runReplace(
  text: string,
  flags: Flags,
  { force }: { readonly force: boolean },
): Promise<void> {
  const index = indexOf(text);
  const { replaceOffline } = await import('../custodian-replacement.ts');
  const { epoch, isNew, oldFolder, unsigned } = await replaceOffline(index, force, commandSettings(flags));
  const already = isNew ? '' : ' already';
  const lines = [
    `custodian ${index} is replaced${already}: the committee has epoch ${epoch}`,
    ...unsigned.map((why) => `not needed for it: ${why}`),
    ...(oldFolder === undefined
      ? []
      : [`the folder of the old one is ${oldFolder}: erase it when nothing of it is wanted any more`]),
    'start the gateway: it gives the new one its shares, then all keys new ones; `hypergate custodians status` tells when',
    '',
  ];
  process.stdout.write(lines.join('\n'));
}

function indexOf(text: string): number {
  if (!/^[1-9][0-9]?$/.test(text)) throw new ConfigError('the custodian is a number from 1 on');
  return Number(text);
}

function ask(flags: Flags, method: string, path: string): Promise<Custodians> {
  return askAdmin(flags, { method, path, schema: custodiansSchema, patienceMs });
}

export function statusText({ custodians, threshold, epoch, refresh, replacement }: Custodians): string {
  const rows = custodians.map(({ index, state, latencyMs, keys, letters, pid, reason }) =>
    [
      index,
      state,
      `${latencyMs.toFixed(1)} ms`,
      keys ?? '-',
      letters,
      pid ?? '-',
      printable(reason ?? ''),
    ].map(String),
  );
  const table = [['', 'state', 'latency', 'keys', 'letters', 'process', ''], ...rows];
  const widths = table[0]!.map((_, at) => Math.max(...table.map((row) => row[at]!.length)));
  const lines = table.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join('  ')
      .trimEnd(),
  );
  return [
    ...lines,
    '',
    `of ${custodians.length}, ${threshold} may be faulty; epoch ${epoch}`,
    ...(replacement === undefined ? [] : [replacementText(replacement)]),
    refreshText(refresh),
    '',
  ].join('\n');
}

function replacementText({
  custodians,
  stage,
  keys,
  keysLeft,
}: NonNullable<Custodians['replacement']>): string {
  const who = `custodian${custodians.length === 1 ? '' : 's'} ${custodians.join(', ')} replaced, not completed yet`;
  if (stage === 'waiting') return `${who}: waits until all custodians are ready`;
  if (stage === 'lacking')
    return `${who}: what the old had is worthless; waits until all custodians are ready to have their shares`;
  return `${who}: ${keys} keys have new shares so far${keysLeft === undefined ? '' : `, ${keysLeft} are left`}`;
}

function refreshText({ periodSeconds, running, keys, lastEnded, waiting }: Custodians['refresh']): string {
  const hours = periodSeconds / 3600;
  const often = periodSeconds === 0 ? 'only when asked' : `every ${Number(hours.toFixed(2))} h`;
  const last = lastEnded === undefined ? 'not all yet' : `all by ${lastEnded}`;
  const now = running ? `; now ${keys} so far` : '';
  const lacking = waiting === 0 ? '' : `; ${waiting} wait to be looked at`;
  return `keys get new shares ${often}: ${last}${now}${lacking}`;
}
