/**
 * The command line. Flags of the settings come from the schema; each command has a file of its own, loaded when it is called. Expected failures print one
 * line and end with 1 (the machine says no) or 2 (the call is wrong).
 */
import { Command, CommanderError, Option } from 'commander';
import { settingInfos } from '../config/schema.ts';
import { StartError } from '../errors.ts';
import { version } from '../version.ts';
import { addMpcCommands } from './mpc/commands.ts';

export type Flags = Readonly<Record<string, string | boolean>>;

export async function main(args: readonly string[]): Promise<void> {
  outliveReaders(args[0] === 'start');
  try {
    await createProgram().parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`hypergate: ${error.message}\n`);
    // Exits by force: a start that failed half way may have left something that keeps the loop busy.
    process.exit(error.exitCode);
  }
}

/** Who reads the output may stop reading, as `head` does. A command has then done what was wanted; a gateway goes on. */
function outliveReaders(isServer: boolean): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (!isServer) process.exit(0);
    });
  }
}

export function createProgram(): Command {
  const program = new Command('hypergate')
    .description('S3 and other cloud protocols on a private, provable, replicated hypergraph')
    .version(version, '-V, --version')
    .enablePositionalOptions()
    .showHelpAfterError(false)
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
    .exitOverride();
  withSettings(command(program, 'start', 'start the gateway')).action(async (flags: Flags) => {
    const { runStart } = await import('./start.ts');
    await runStart(flags);
  });
  withSettings(command(program, 'status', 'ask a running gateway how it is'))
    .option('--json', 'print the whole answer')
    .action(async ({ json, ...flags }: Flags) => {
      const { runStatus } = await import('./status.ts');
      await runStatus(flags, { json: json === true });
    });
  withSettings(command(program, 'du', 'show what buckets and the data directory of a running gateway take'))
    .argument('[target]', 's3://bucket or s3://bucket/prefix; all buckets unless given')
    .option('--json', 'print the whole answer')
    .action(async (target: string | undefined, { json, ...flags }: Flags) => {
      const { runDu } = await import('./du.ts');
      await runDu(target, flags, { json: json === true });
    });
  addProofCommands(program);
  command(program, 'version', 'print the versions').action(() => {
    process.stdout.write(`hypergate ${version} (node ${process.versions.node})\n`);
  });
  const index = command(program, 'index', 'maintain the private index of a stopped gateway');
  const run = (action: 'rebuild' | 'compare') => async (flags: Flags) => {
    const { runIndexCommand } = await import('./index-command.ts');
    await runIndexCommand(action, flags);
  };
  withSettings(command(index, 'rebuild', 'make the index again from the records')).action(run('rebuild'));
  withSettings(command(index, 'compare', 'compare the index with the records')).action(run('compare'));
  addCustodians(program);
  addCeremony(program);
  addMpcCommands(program, command, withSettings);
  return program;
}

function addCustodians(program: Command): void {
  const load = () => import('./custodians.ts');
  const custodians = command(program, 'custodians', 'look after the custodians of keys');
  withSettings(command(custodians, 'status', 'show how they are'))
    .option('--json', 'print the whole answer')
    .action(async ({ json, ...flags }: Flags) =>
      (await load()).runCustodianStatus(flags, { json: json === true }),
    );
  withSettings(command(custodians, 'refresh', 'give all keys new shares now, and wait for it')).action(
    async (flags: Flags) => (await load()).runRefresh(flags),
  );
  withSettings(
    command(
      custodians,
      'accept',
      'have one asked again that was caught cheating, after you have looked at it',
    ),
  )
    .argument('<index>', 'which one')
    .action(async (index: string, flags: Flags) => (await load()).runAccept(index, flags));
  withSettings(
    command(
      custodians,
      'replace',
      'put a new one in the place of one whose folder or keystore is lost or was stolen, while the gateway is stopped; of the others ' +
        'n - t have to sign it. From its next start on the gateway gives all keys new shares, after which those of the old one are worthless',
    ),
  )
    .argument('<index>', 'which one')
    .option(
      '--force',
      'also while the last replacement is not completed: when the same one, or another, is lost meanwhile. Whoever has what ' +
        'more custodians had than may be faulty, all from before it was completed, has the keys',
    )
    .action(async (index: string, { force, ...flags }: Flags) =>
      (await load()).runReplace(index, flags, { force: force === true }),
    );
}

function addCeremony(program: Command): void {
  const load = () => import('./ceremony.ts');
  const ceremony = command(program, 'ceremony', 'make a reference string for commitments with others');
  command(ceremony, 'init', 'begin a transcript')
    .argument('<file>', 'transcript to write')
    .option('--powers <count>', 'powers in G1: one more than the largest width', '257')
    .action(async (file: string, options: { powers: string }) => (await load()).runInit(file, options));
  command(ceremony, 'contribute', 'verify a transcript and add a secret to it, which is then forgotten')
    .argument('<from>', 'transcript to read')
    .argument('<to>', 'transcript to write')
    .option('--entropy-stdin', 'mix in what stands on standard input')
    .action(async (from: string, to: string, options: { entropyStdin?: boolean }) =>
      (await load()).runContribute(from, to, { entropyStdin: options.entropyStdin === true }),
    );
  command(ceremony, 'verify', 'verify every contribution and the powers')
    .argument('<file>', 'transcript to read')
    .action(async (file: string) => (await load()).runVerify(file));
  command(ceremony, 'export', 'write the reference string of one width, and print what a verifier needs')
    .argument('<from>', 'transcript to read')
    .argument('<to>', 'file to write')
    .option('--width <count>', 'values under one commitment', '64')
    .action(async (from: string, to: string, options: { width: string }) =>
      (await load()).runExport(from, to, options),
    );
}

function addProofCommands(program: Command): void {
  withSettings(
    command(
      program,
      'prove',
      'have a running gateway prove an object, or that there is none; prints the proof',
    ),
  )
    .argument(
      '<target>',
      's3://bucket/key, the key as it is; redis://database/key, with %XX for bytes that are not text; cql://keyspace/table/key, ' +
        'the values of the primary key with / between them',
    )
    .option('--version-id <id>', 'a version of the object; the current one unless given')
    .option(
      '--disclose-address-key',
      'prove also that no other record can have these names, or that a key does not exist. This gives away address keys: whoever ' +
        'holds the proof can test which buckets the gateway, and which keys the bucket has had at any frame',
    )
    .option('--with-delay', 'with the output of the delay function: evidence of time, half a kilobyte more')
    .option('--out <file>', 'write the proof there. Its holder can read the object')
    .action(async (target: string, given: Flags) => {
      const { versionId, discloseAddressKey, withDelay, out, ...flags } = given;
      const { runProve } = await import('./prove.ts');
      await runProve(target, flags, {
        versionId: textOf(versionId),
        discloseAddressKey: discloseAddressKey === true,
        withDelay: withDelay === true,
        out: textOf(out),
      });
    });
  withSettings(
    command(program, 'trust-root', 'print what others need to check the proofs of a running gateway'),
  )
    .option('--json', 'print the whole answer')
    .action(async ({ json, ...flags }: Flags) => {
      const { runTrustRoot } = await import('./trust-root.ts');
      await runTrustRoot(flags, { json: json === true });
    });
  command(program, 'verify', 'check a proof, on any machine and without a gateway')
    .argument('<proof>', 'file of the proof; - for the standard input')
    .requiredOption('--trust-root <hash>', 'what `hypergate trust-root` printed, learned from whom you trust')
    .option('--content <file>', 'tell whether this file is exactly the object; - for the standard input')
    .option('--json', 'print one JSON object')
    .action(async (path: string, { trustRoot, content, json }: Flags) => {
      const { runVerify } = await import('./verify.ts');
      await runVerify(path, { trustRoot: String(trustRoot), content: textOf(content), json: json === true });
    });
}

const textOf = (value: string | boolean | undefined): string | undefined =>
  value === undefined ? undefined : String(value);

function command(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .allowExcessArguments(false)
    .copyInheritedSettings(parent);
}

/** A setting that is a secret is no flag: every user of the machine can read a process's arguments. */
function withSettings(target: Command): Command {
  target.option('--config <file>', 'settings in YAML or JSON (env: HYPERGATE_CONFIG)');
  for (const info of settingInfos) {
    if (info.secret) continue;
    const value = info.isSwitch ? '[on|off]' : '<value>';
    const fallback = info.defaultText === undefined ? '' : `, default: ${info.defaultText}`;
    // The name under which commander keeps the value is made from the flag and equals the setting's, but for digits.
    target.addOption(
      new Option(`${info.flag} ${value}`, `${info.description} (env: ${info.variable}${fallback})`),
    );
  }
  const secrets = settingInfos.filter(({ secret }) => secret);
  target.addHelpText(
    'after',
    [
      '',
      'Secrets, by environment or config file only:',
      ...secrets.map((info) => `  ${info.variable}  ${info.description}`),
    ].join('\n'),
  );
  return target;
}

/** Commander puts a hint on a second line. */
function oneLine(text: string): string {
  return `hypergate: ${text
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')}\n`;
}
