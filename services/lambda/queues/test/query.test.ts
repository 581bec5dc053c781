/** The query protocol, as clients from before 2024 speak it: forms that the SDK's own signer has signed, and what is answered as it is. */
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { account, openWorld, region, type World } from './support/world.ts';

interface Sent {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body?: string | undefined;
}

interface Answered {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

/** @param write makes the request of it that is signed and sent */
async function ask(write: (request: Sent) => void, secret = `secret of ${account}`): Promise<Answered> {
  const endpoint = `http://127.0.0.1:${world.port}`;
  let answered: Answered | undefined;
  const client = new SQSClient({
    endpoint,
    region,
    maxAttempts: 1,
    credentials: { accessKeyId: `AKIA${account}`, secretAccessKey: secret },
    requestHandler: {
      async handle(request: Sent) {
        const { host: _, ...headers } = request.headers;
        const query = new URLSearchParams(request.query).toString();
        const url = `${endpoint}${request.path}${query === '' ? '' : `?${query}`}`;
        const { method, body = null } = request;
        const answer = await fetch(url, { method, headers, body });
        const type = answer.headers.get('content-type');
        answered = { status: answer.status, type, text: await answer.text() };
        return { response: { statusCode: 200, headers: {}, body: Buffer.from('{}') } };
      },
    },
  });
  client.middlewareStack.add(
    (next) => (args) => {
      write(args.request as Sent);
      return next(args);
    },
    { step: 'build', priority: 'low' },
  );
  try {
    await client.send(new ListQueuesCommand({}));
  } finally {
    client.destroy();
  }
  return answered!;
}

const form = (Action: string, fields: Readonly<Record<string, string>> = {}, path = '/', secret?: string) =>
  ask((request) => {
    request.path = path;
    const { 'x-amz-target': _target, 'content-length': _length, ...headers } = request.headers;
    request.body = new URLSearchParams({ Action, Version: '2012-11-05', ...fields }).toString();
    request.headers = {
      ...headers,
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      'content-length': String(request.body.length),
    };
  }, secret);

const element = (text: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
const url = (name: string) => `http://127.0.0.1:${world.port}/${account}/${name}`;

it('a queue is made and shown, with its attributes', async () => {
  const made = await form('CreateQueue', {
    QueueName: 'old',
    'Attribute.1.Name': 'VisibilityTimeout',
    'Attribute.1.Value': '7',
    'Tag.1.Key': 'team',
    'Tag.1.Value': 'one',
  });
  expect(made).toMatchObject({ status: 200, type: 'text/xml' });
  expect(made.text).toMatch(
    /^<CreateQueueResponse xmlns="http:\/\/queue\.amazonaws\.com\/doc\/2012-11-05\/"><CreateQueueResult><QueueUrl>[^<]*\/000000000000\/old<\/QueueUrl><\/CreateQueueResult><ResponseMetadata><RequestId>[0-9a-f-]{36}<\/RequestId><\/ResponseMetadata><\/CreateQueueResponse>$/,
  );
  const shown = await form('GetQueueAttributes', {
    QueueUrl: url('old'),
    'AttributeName.1': 'VisibilityTimeout',
    'AttributeName.2': 'QueueArn',
  });
  expect(shown.text).toContain('<Attribute><Name>VisibilityTimeout</Name><Value>7</Value></Attribute>');
  const tags = await form('ListQueueTags', { QueueUrl: url('old') });
  expect(tags.text).toContain('<Tag><Key>team</Key><Value>one</Value></Tag>');
});

it('a message goes through a queue that only the path names', async () => {
  await form('CreateQueue', { QueueName: 'old' });
  const path = `/${account}/old`;
  const sent = await form(
    'SendMessage',
    {
      MessageBody: 'a < b & ü',
      'MessageAttribute.1.Name': 'bytes',
      'MessageAttribute.1.Value.DataType': 'Binary',
      'MessageAttribute.1.Value.BinaryValue': 'AAH/',
    },
    path,
  );
  expect(element(sent.text, 'MD5OfMessageBody')).toMatch(/^[0-9a-f]{32}$/);
  const received = await form(
    'ReceiveMessage',
    { MaxNumberOfMessages: '10', 'AttributeName.1': 'All', 'MessageAttributeName.1': 'All' },
    path,
  );
  expect(element(received.text, 'MessageId')).toBe(element(sent.text, 'MessageId'));
  expect(element(received.text, 'MD5OfMessageAttributes')).toBe(element(sent.text, 'MD5OfMessageAttributes'));
  expect(received.text).toContain('<Body>a &lt; b &amp; ü</Body>');
  expect(received.text).toContain(
    '<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>',
  );
  expect(received.text).toMatch(
    /<MessageAttribute><Name>bytes<\/Name><Value>.*<BinaryValue>AAH\/<\/BinaryValue>.*<\/Value><\/MessageAttribute>/,
  );
  const handle = element(received.text, 'ReceiptHandle')!;
  const deleted = await form('DeleteMessage', { QueueUrl: url('old'), ReceiptHandle: handle });
  expect(deleted.text).toMatch(/^<DeleteMessageResponse [^>]*><ResponseMetadata>/);
  expect((await form('ReceiveMessage', {}, path)).text).not.toContain('<Message>');
});

it('a batch says of each entry what became of it', async () => {
  await form('CreateQueue', { QueueName: 'old' });
  const sent = await form('SendMessageBatch', {
    QueueUrl: url('old'),
    'SendMessageBatchRequestEntry.1.Id': 'good',
    'SendMessageBatchRequestEntry.1.MessageBody': 'x',
    'SendMessageBatchRequestEntry.2.Id': 'bad',
    'SendMessageBatchRequestEntry.2.MessageBody': '',
  });
  expect(sent.text).toContain('<SendMessageBatchResultEntry><Id>good</Id>');
  expect(sent.text).toContain(
    '<BatchResultErrorEntry><Id>bad</Id><SenderFault>true</SenderFault><Code>MissingParameter</Code>',
  );
});

it.each([
  ['GetQueueUrl', { QueueName: 'nobody' }, 400, 'AWS.SimpleQueueService.NonExistentQueue'],
  ['ReceiveMessage', {}, 400, 'MissingParameter'],
  ['DeleteMessage', { QueueUrl: '/000000000000/old', ReceiptHandle: 'zz' }, 404, 'ReceiptHandleIsInvalid'],
  ['NoSuchThing', {}, 400, 'InvalidAction'],
])('%s is refused with the code that old clients know', async (action, fields, status, code) => {
  await form('CreateQueue', { QueueName: 'old' });
  const refused = await form(action, fields);
  expect(refused).toMatchObject({ status, type: 'text/xml' });
  expect(refused.text).toContain(`<Error><Type>Sender</Type><Code>${code}</Code>`);
});

it('a form in the query of a GET is answered, too', async () => {
  await form('CreateQueue', { QueueName: 'old' });
  const listed = await ask((request) => {
    request.method = 'GET';
    request.query = { Action: 'ListQueues', Version: '2012-11-05' };
    const { host } = request.headers;
    request.headers = host === undefined ? {} : { host };
    delete request.body;
  });
  expect(element(listed.text, 'QueueUrl')).toBe(url('old'));
});

it('a caller with another secret is refused before anything is done', async () => {
  const refused = await form('CreateQueue', { QueueName: 'old' }, '/', 'another');
  expect(refused).toMatchObject({ status: 403, type: 'text/xml' });
  expect(element(refused.text, 'Code')).toBe('SignatureDoesNotMatch');
  expect((await form('ListQueues')).text).not.toContain('<QueueUrl>');
});
