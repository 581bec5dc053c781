/** `hypergate mpc …`: each command's file is loaded when it is called. */
import { type Command, InvalidArgumentError } from 'commander';
import { StartError } from '../../errors.ts';
import type { Flags } from '../main.ts';

type MakeCommand = (parent: Command, name: string, description: string) => Command;

interface Given {
  readonly session: string;
  readonly as: string;
  readonly identity?: string;
  readonly gateway?: boolean;
  readonly input: readonly string[];
  readonly inputs?: string;
  readonly receipt?: string;
  readonly wait: number;
  readonly within: number;
}

const inputHelp =
  'may be repeated. Other users of the machine can read arguments: private inputs belong in a file';

/** @param withSettings adds the flags of the settings to a command */
export function addMpcCommands(
  program: Command,
  command: MakeCommand,
  withSettings: (target: Command) => Command,
): void {
  const mpc = command(program, 'mpc', 'compute with others on inputs that each keeps to itself');
  command(mpc, 'identity', "make a party's secret key unless it is there, and print its public key")
    .argument('<file>', 'file of the secret key')
    .action(async (file: string) => (await import('./identity.ts')).runIdentity(file));
  command(mpc, 'compile', 'check a program and say what its circuit is')
    .argument('<program>', 'source, *.ts, or the encoding of a circuit')
    .option('--out <file>', 'write the canonical encoding of the circuit there')
    .option('--bristol <file>', 'write the circuit there in Bristol Fashion')
    .option('--json', 'print one JSON object')
    .action(
      async (path: string, { out, bristol, json }: { out?: string; bristol?: string; json?: boolean }) =>
        (await import('./compile.ts')).runCompile(path, { out, bristol, json: json === true }),
    );
  command(mpc, 'import', 'make the encoding of a circuit from a file in a Bristol format')
    .argument('<from>', 'text of the circuit; - for the standard input')
    .argument('<to>', 'file of the encoding')
    .requiredOption(
      '--input <party.name[:bits]>',
      'whose an input is, in order; may be repeated',
      collect,
      [],
    )
    .requiredOption('--output <name[:bits]=party,…>', 'who learns an output; may be repeated', collect, [])
    .action(async (from: string, to: string, ports: { input: string[]; output: string[] }) =>
      (await import('./import.ts')).runImport(from, to, ports),
    );
  command(mpc, 'test', 'run a program here, on known inputs of all parties')
    .argument('<program>', 'source, *.ts, or the encoding of a circuit')
    .option('--input <party.name=value>', 'an input; may be repeated', collect, [])
    .option('--inputs <file>', 'JSON object of inputs by party; - for the standard input')
    .action(async (path: string, { input, inputs }: Pick<Given, 'input' | 'inputs'>) =>
      (await import('./compile.ts')).runTest(path, { input, inputs }),
    );
  withSettings(command(mpc, 'key', 'print by which key others know a running gateway as a party')).action(
    async (flags: Flags) => (await import('./gateway-party.ts')).runKey(flags),
  );
  const runCommand = partyOptions(
    command(mpc, 'run', 'be one party of a computation, and print what it learns')
      .argument('<program>', 'source, *.ts, or the encoding of a circuit; all parties need the same')
      .option('--identity <file>', 'its secret key: this command computes')
      .option('--gateway', 'a running gateway computes, by its own key, and records what all signed'),
  );
  withSettings(runCommand).action(async (path: string, given: Given & Flags) => {
    const { session, as, identity, gateway, input, inputs, receipt, wait, within, ...flags } = given;
    const options = { session, as, input, inputs, receipt, wait, within };
    if ((identity === undefined) === (gateway !== true))
      throw new StartError('a party computes either with --identity or with --gateway', 2);
    if (identity === undefined) {
      await (await import('./gateway-party.ts')).runGatewayParty(path, options, flags);
    } else {
      const program = await (await import('./program.ts')).loadProgram(path);
      await (await import('./run.ts')).runOwnParty(program, { ...options, identity });
    }
  });
  withSettings(
    command(
      mpc,
      'fetch',
      "write the source of a gateway's circuit into a file, to be read before one takes part",
    ),
  )
    .argument('<commitment>', 'of the circuit')
    .argument('<file>', 'of the source, *.ts')
    .action(async (commitment: string, file: string, flags: Flags) =>
      (await import('./join.ts')).runFetch(commitment, file, flags),
    );
  const joinCommand = partyOptions(
    command(mpc, 'join', "be one party of a computation of a gateway's circuit, as run does with its source")
      .argument('<commitment>', 'of the circuit')
      .requiredOption('--identity <file>', "this party's secret key"),
  );
  withSettings(joinCommand).action(
    async (commitment: string, given: Given & { identity: string } & Flags) => {
      const { session, as, identity, input, inputs, receipt, wait, within, ...flags } = given;
      const program = await (await import('./join.ts')).fetchProgram(commitment, flags);
      const options = { session, as, identity, input, inputs, receipt, wait, within };
      await (await import('./run.ts')).runOwnParty(program, options);
    },
  );
  command(mpc, 'verify', 'check the signatures of a receipt, without a gateway')
    .argument('<receipt>', 'file of the receipt; - for the standard input')
    .option('--program <program>', 'tell whether it is of this program')
    .action(async (path: string, { program: of }: { program?: string }) =>
      (await import('./record.ts')).runVerifyReceipt(path, of),
    );
  withSettings(command(mpc, 'record', 'have a running gateway keep a receipt, and give proofs of it'))
    .argument('<receipt>', 'file of the receipt; - for the standard input')
    .option('--program <program>', 'record its circuit as well, which has to be there')
    .action(async (path: string, { program: of, ...flags }: Flags) =>
      (await import('./record.ts')).runRecord(path, of === undefined ? undefined : String(of), flags),
    );
}

/** Who takes part, and with what. */
function partyOptions(target: Command): Command {
  return target
    .requiredOption('--session <file>', 'JSON of the parties and the level; all parties need the same')
    .requiredOption('--as <party>', 'which of them this is')
    .option('--input <name=value>', `an input; ${inputHelp}`, collect, [])
    .option('--inputs <file>', 'JSON object of its inputs; - for the standard input')
    .option('--receipt <file>', 'write there what all parties signed')
    .option('--wait <seconds>', 'how long the other parties are waited for', seconds, 60)
    .option('--within <seconds>', 'when it has to be over', seconds, 3600);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= 24 * 3600)) throw new InvalidArgumentError('1 to 86400 seconds');
  return value;
}
