/** Debian's AWS command line on Lambda: a function from a zip file, its versions and aliases, its log, its URL, events, queues, and what is refused. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zip } from '../lib/zip.ts';
import { equal, holds } from './checks.ts';
import { type ClientContext, requireProgram } from './context.ts';
import { fetchUrl } from './fetch-url.ts';
import { mustRun, run } from './run.ts';

const ownProgram = '/usr/bin/aws';
const role = 'arn:aws:iam::000000000000:role/worker';
/** How long a log may take to be kept, and an event to run. */
const waitMs = 30_000;

export async function checkAwscliLambda(context: ClientContext, program = ownProgram): Promise<void> {
  const checks = context.checks.group(`awscli lambda ${context.scheme}`);
  if (!requireProgram(checks, program)) return;
  const cwd = join(context.scratch, 'awscli-lambda');
  mkdirSync(cwd, { recursive: true });
  const options = { env: context.env, cwd };
  const all = (args: readonly string[]) => [
    '--endpoint-url',
    context.target.endpoint,
    '--output',
    'json',
    ...args,
  ];
  const aws = async (...args: string[]): Promise<Record<string, unknown>> =>
    JSON.parse((await mustRun(program, all(args), options)).stdout.toString() || '{}');
  const lambda = (operation: string, ...args: string[]) => aws('lambda', operation, ...args);
  const packageOf = (name: string, source: string): string => {
    writeFileSync(join(cwd, `${name}.zip`), zip({ 'index.js': source }));
    return `fileb://${name}.zip`;
  };
  const name = `cli-${context.scheme}`;
  const onFunction = ['--function-name', name];

  await checks.check('a function is made from a zip file, and answers', async () => {
    const made = await lambda(
      'create-function',
      ...onFunction,
      '--runtime',
      'nodejs18.x',
      '--role',
      role,
      '--handler',
      'index.handler',
      '--zip-file',
      packageOf(
        'first',
        'exports.handler = async (event) => { console.log("was asked"); return { hello: event.name }; };',
      ),
    );
    equal(
      made.FunctionArn,
      `arn:aws:lambda:${context.target.identity.region}:000000000000:function:${name}`,
      'ARN',
    );
    writeFileSync(join(cwd, 'event.json'), '{"name":"world"}');
    const said = await lambda(
      'invoke',
      ...onFunction,
      '--payload',
      'fileb://event.json',
      '--log-type',
      'Tail',
      'answer.json',
    );
    equal(said.StatusCode, 200, 'status');
    equal(JSON.parse(readFileSync(join(cwd, 'answer.json'), 'utf8')), { hello: 'world' }, 'answer');
    const log = Buffer.from(String(said.LogResult), 'base64').toString();
    holds(log.includes('was asked') && log.includes('REPORT RequestId'), log);
  });

  await checks.check('its log is read through CloudWatch Logs', async () => {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const found = await run(
        program,
        all([
          'logs',
          'filter-log-events',
          '--log-group-name',
          `/aws/lambda/${name}`,
          '--filter-pattern',
          'asked',
        ]),
        options,
      );
      if (found.code === 0 && found.stdout.toString().includes('was asked')) return;
      holds(performance.now() < deadline, `${found.stdout.toString()}${found.stderr}`);
    }
  });

  await checks.check('a version stays what it was when the code changes, and an alias moves', async () => {
    await lambda('publish-version', ...onFunction);
    await lambda('create-alias', ...onFunction, '--name', 'live', '--function-version', '1');
    const second = packageOf('second', 'exports.handler = async () => "second";');
    await lambda('update-function-code', ...onFunction, '--zip-file', second, '--publish');
    const answerOf = async (qualifier: string): Promise<unknown> => {
      await lambda('invoke', ...onFunction, '--qualifier', qualifier, 'answer.json');
      return JSON.parse(readFileSync(join(cwd, 'answer.json'), 'utf8'));
    };
    equal(await answerOf('live'), {}, 'of version 1');
    equal(await answerOf('2'), 'second', 'of version 2');
    await lambda('update-alias', ...onFunction, '--name', 'live', '--function-version', '2');
    equal(await answerOf('live'), 'second', 'of the alias');
    const { Versions } = await lambda('list-versions-by-function', ...onFunction);
    equal(
      (Versions as { Version: string }[]).map(({ Version }) => Version),
      ['$LATEST', '1', '2'],
      'versions',
    );
  });

  await checks.check('settings are changed, tagged and told', async () => {
    const variables = ['--environment', 'Variables={STAGE=b}', '--timeout', '9', '--memory-size', '256'];
    await lambda('update-function-configuration', ...onFunction, ...variables);
    const { Timeout, MemorySize, Environment } = await lambda('get-function-configuration', ...onFunction);
    equal(
      { Timeout, MemorySize, Environment },
      { Timeout: 9, MemorySize: 256, Environment: { Variables: { STAGE: 'b' } } },
      'settings',
    );
    const { Configuration } = (await lambda('get-function', ...onFunction)) as {
      Configuration: { FunctionArn: string };
    };
    await lambda('tag-resource', '--resource', Configuration.FunctionArn, '--tags', 'team=one');
    equal((await lambda('list-tags', '--resource', Configuration.FunctionArn)).Tags, { team: 'one' }, 'tags');
  });

  await checks.check(
    'waiters end, the link to the code is one that any client follows, and so is a path of the URL',
    async () => {
      for (const what of ['function-active-v2', 'function-updated-v2'])
        await mustRun(program, all(['lambda', 'wait', what, ...onFunction]), options);
      const { Code } = (await lambda('get-function', ...onFunction)) as { Code: { Location: string } };
      const { FunctionUrl } = (await lambda(
        'create-function-url-config',
        ...onFunction,
        '--auth-type',
        'NONE',
      )) as { FunctionUrl: string };
      const everybody = [
        '--statement-id',
        'everybody',
        '--principal',
        '*',
        '--function-url-auth-type',
        'NONE',
      ];
      await lambda('add-permission', ...onFunction, '--action', 'lambda:InvokeFunctionUrl', ...everybody);
      const id = new URL(FunctionUrl).host.split('.')[0];
      const get = async (url: string) => (await fetchUrl(url, context.target.ca)).body;
      holds((await get(Code.Location)).equals(readFileSync(join(cwd, 'second.zip'))), 'the code');
      const path = `${context.target.endpoint}/_hypergate/lambda-url/${id}/`;
      equal((await get(path)).toString(), 'second', 'by path');
    },
  );

  await checks.check('an event is taken at once', async () => {
    const said = await lambda('invoke', ...onFunction, '--invocation-type', 'Event', 'answer.json');
    equal(said.StatusCode, 202, 'status');
  });

  await checks.check(
    'a queue takes a message, and the function gets what a mapping reads from it',
    async () => {
      const sqs = (operation: string, ...args: string[]) => aws('sqs', operation, ...args);
      const { QueueUrl } = await sqs('create-queue', '--queue-name', name);
      const onQueue = ['--queue-url', String(QueueUrl)];
      await sqs('send-message', ...onQueue, '--message-body', 'hello');
      const { Messages } = (await sqs('receive-message', ...onQueue, '--wait-time-seconds', '5')) as {
        Messages: { Body: string; ReceiptHandle: string }[];
      };
      equal(
        Messages.map(({ Body }) => Body),
        ['hello'],
        'received',
      );
      await sqs('delete-message', ...onQueue, '--receipt-handle', Messages[0]!.ReceiptHandle);
      const { Attributes } = (await sqs('get-queue-attributes', ...onQueue, '--attribute-names', 'All')) as {
        Attributes: Record<string, string>;
      };
      equal(Attributes.ApproximateNumberOfMessages, '0', 'left');
      const missing = await run(program, all(['sqs', 'get-queue-url', '--queue-name', 'nowhere']), options);
      holds(
        missing.code !== 0 && missing.stderr.includes('AWS.SimpleQueueService.NonExistentQueue'),
        missing.stderr,
      );
      const source = ['--event-source-arn', String(Attributes.QueueArn)];
      await lambda('create-event-source-mapping', ...onFunction, ...source);
      await sqs('send-message', ...onQueue, '--message-body', 'for the function');
      const deadline = performance.now() + waitMs;
      for (;;) {
        const counts = await sqs('get-queue-attributes', ...onQueue, '--attribute-names', 'All');
        const { ApproximateNumberOfMessages: waiting, ApproximateNumberOfMessagesNotVisible: inFlight } =
          counts.Attributes as Record<string, string>;
        if (waiting === '0' && inFlight === '0') return;
        holds(performance.now() < deadline, JSON.stringify(counts));
      }
    },
  );

  await checks.check('what is not there is refused by name', async () => {
    const refused = await run(
      program,
      all(['lambda', 'invoke', '--function-name', 'nobody', 'x.json']),
      options,
    );
    holds(refused.code !== 0 && refused.stderr.includes('ResourceNotFoundException'), refused.stderr);
    await mustRun(program, all(['lambda', 'delete-function', ...onFunction]), options);
    const { Functions } = await lambda('list-functions');
    holds(
      !(Functions as { FunctionName: string }[]).some(({ FunctionName }) => FunctionName === name),
      'listed',
    );
  });
}
