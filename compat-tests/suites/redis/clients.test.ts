/** Connections, transactions, channels and users against redis-server 7.0: the same commands on one connection of each. */
import { describe, expect, it } from 'vitest';
import { pairSuite } from './suite.ts';

const pair = pairSuite();

const words = (line: string): string[] => line.split(' ').map((word) => (word === '""' ? '' : word));

/** Lines are run in order, as one pipeline. What 7.2 answers in other words is left out. */
async function same(lines: string): Promise<void> {
  const commands = lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(words);
  await pair.agree(commands);
}

describe('transactions', () => {
  it('answer alike', () =>
    same(`
      flushall
      multi
      set a 1
      get a
      nope
      multi
      get
      watch a
      exec
      exec
      discard
      multi
      set a 1
      select 99
      select x
      get a
      client foo
      ping a b
      exec
      multi
      exec
      multi
      exec now
      exec
      watch a b
      set a 2
      multi
      ping
      exec
      watch a
      unwatch
      set a 3
      multi
      ping x
      exec
      watch a
      multi
      discard
      discard
      watch
      multi x
      unwatch x
      watch a
      swapdb 0 1
      multi
      ping
      exec
      swapdb 0 1
      watch nothing
      flushall
      multi
      echo x
      exec
    `));
});

describe('connections', () => {
  it('answer alike', () =>
    same(`
      ping
      ping x
      ping x y
      echo x
      echo
      select 3
      select -1
      select 16
      select 1.5
      select 0
      client
      client foo
      client getname
      client setname x
      client getname
      client setname a\u0001b
      client setname ""
      client getname
      client getredir
      client id x
      client kill
      client kill foo
      client kill id
      client kill id 0
      client kill id x
      client kill type foo
      client kill user foo
      client kill skipme foo
      client kill foo bar
      client kill id 1000000 type normal
      client kill laddr 1.2.3.4:6
      client list foo
      client list type
      client list type foo
      client list type master
      client list id
      client list id x
      client list id 1000000
      client no-evict on
      client no-evict x
      client pause
      client pause x
      client pause -1
      client pause 1 x
      client unpause
      client unpause x
      client reply
      client reply foo
      client unblock
      client unblock x
      client unblock 1 foo
      client unblock 1000000
      client tracking
      client tracking x
      client tracking on x
      client tracking on redirect 1000000
      client tracking on redirect x
      client tracking on redirect
      client tracking on prefix a
      client tracking on bcast optin
      client tracking on optin optout
      client caching yes
      client tracking on
      client getredir
      client trackinginfo
      client tracking on bcast
      client caching yes
      client caching no
      client caching x
      client tracking on optin
      client trackinginfo
      client caching yes
      client trackinginfo
      client caching no
      client tracking on optout
      client tracking off
      client tracking on bcast prefix a prefix b noloop
      client trackinginfo
      client tracking on bcast prefix a
      client tracking on bcast prefix c prefix cd
      client tracking off
      client trackinginfo
      hello 1
      hello x
      hello 2 x
      hello 2 auth x
      hello 2 setname a\u0001b
      hello 2 auth nobody x
      reset x
      monitor x
    `));
});

describe('channels', () => {
  it('answer alike where nobody listens', () =>
    same(`
      publish a b
      publish a
      spublish a b
      pubsub
      pubsub foo
      pubsub channels
      pubsub channels a b
      pubsub numsub
      pubsub numsub a b
      pubsub numpat
      pubsub numpat x
      pubsub shardchannels
      pubsub shardnumsub a
      config set notify-keyspace-events KEA
      config get notify-keyspace-events
      config set notify-keyspace-events g$lshzxetdmKE
      config get notify-keyspace-events
      config set notify-keyspace-events q
      config set notify-keyspace-events ""
      config set client-output-buffer-limit x
      config get client-output-buffer-limit
    `));
});

describe('users', () => {
  it('are ruled alike', () =>
    same(`
      acl
      acl foo
      acl whoami
      acl whoami x
      acl users
      acl setuser
      acl setuser u
      acl setuser u on >p ~a* %R~b %W~c &x
      acl setuser u foo
      acl setuser u +nope
      acl setuser u +@nope
      acl setuser u -get|x
      acl setuser u +get|x|y
      acl setuser u +config|get|x
      acl setuser u +config|asdf
      acl setuser u -config|asdf
      acl setuser u +config|
      acl setuser u <zz
      acl setuser u #abc
      acl setuser u !abc
      acl setuser u %~x
      acl setuser u %Q~x
      acl setuser u (foo)
      acl setuser u (
      acl setuser u )
      acl setuser u ~* ~a
      acl setuser u &* &a
      acl setuser v (~k1 +get ) ( ~k2 +get ) ()
      acl getuser nobody
      acl deluser default
      acl deluser nobody v
      acl users
      acl save
      acl load
      acl genpass 0
      acl genpass x
      acl genpass 1 2
      acl cat foo
      acl cat a b
      acl cat
      acl log x
      acl log 1 2
      acl log reset
      acl log
      acl dryrun default nope
      acl dryrun default get
      acl dryrun nobody get x
      acl dryrun default get x
      auth x
      auth a b
      auth a b c
      auth u p
      auth default x
      acl deluser u
    `));

  it('of each category may run the same commands', async () => {
    const [ours, theirs] = (await Promise.all(
      [pair.ours, pair.theirs].map((client) => client.call('COMMAND', 'LIST')),
    )) as [string[], string[]];
    const both = ours.filter((name) => theirs.includes(name));
    for (const category of (await pair.ours.call('ACL', 'CAT')) as string[]) {
      const [mine, other] = (await Promise.all(
        [pair.ours, pair.theirs].map((client) => client.call('ACL', 'CAT', category)),
      )) as [string[], string[]];
      const shared = (names: string[]) => names.filter((name) => both.includes(name)).sort();
      // 7.2 counts commands that wait as such.
      const differs = ['blocking'].includes(category) ? ['wait'] : [];
      expect([category, shared(mine).filter((name) => !differs.includes(name))]).toEqual([
        category,
        shared(other).filter((name) => !differs.includes(name)),
      ]);
    }
  });

  it('may and may not do the same, by any rules', async () => {
    let state = 20_261;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return Math.floor((state / 0x8000_0000) * below);
    };
    const pick = <T>(from: readonly T[]): T => from[random(from.length)]!;
    const rules = [
      '+@all -@all +@read -@read +@write -@write +@keyspace -@dangerous +@fast -@slow +@connection -@string',
      '+get -get +set -set +del -del +copy +exists -exists +client -client +client|id -client|kill +config|get',
      '+select|0 +select -select ~a* ~b* %R~c* %W~d* %RW~e* resetkeys allkeys &x* &y resetchannels allchannels',
      '(+get-~a*) (+@all-%R~*) (%W~*-+@write) (+publish-&z*) clearselectors reset',
    ]
      .join(' ')
      .split(' ')
      .map((rule) => rule.replaceAll(/(?<=\(.*)-(?=[+~%&])/g, ' '));
    const commands = [
      'get a1|get b1|get c1|get d1|get e1|get f1|set a1 x|set c1 x|set d1 x|set a1 x get|set d1 x get|del a1 b1|del a1 d1',
      'copy a1 b1|copy c1 d1|copy d1 c1|exists a1 c1 d1|exists f1|client id|client kill x|client list|config get x',
      'config set hz 1|select 0|select 1|publish x m|publish y m|publish zz m|subscribe x y|psubscribe x*|psubscribe xx',
      'ping|echo x|auth a b|quit|flushall|keys *|scan 0|rename a1 d1|rename c1 d1|multi|exec|acl whoami|unsubscribe zz',
    ].join('|');
    for (let round = 0; round < 60; round++) {
      const chosen = Array.from({ length: 1 + random(8) }, () => pick(rules));
      const setUser = ['ACL', 'SETUSER', 'r', ...chosen];
      const outcomes = await Promise.all(
        [pair.ours, pair.theirs].map(async (client) => {
          const results: string[] = [];
          const run = async (...command: string[]) => {
            const answer = await client
              .call(command[0]!, ...command.slice(1))
              .catch((error: Error) => error.message);
            // 7.2 names the user.
            results.push(String(answer).replace(/^(?:User r|This user) has/, 'has'));
          };
          await run(...setUser);
          for (const command of commands.split('|')) await run('ACL', 'DRYRUN', 'r', ...command.split(' '));
          return results;
        }),
      );
      expect([chosen, outcomes[0]]).toEqual([chosen, outcomes[1]]);
    }
  });
});
