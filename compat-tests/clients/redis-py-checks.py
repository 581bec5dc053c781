"""redis-py against a started gateway: one line of JSON per check on standard output.

Argument: the connection string. Every check starts with an empty database.
"""

import json
import sys
import threading
import time
import traceback

import redis
from redis.exceptions import (
    LockError,
    NoScriptError,
    ResponseError,
    WatchError,
)

URL = sys.argv[1]
CHECKS = []


def check(name):
    def keep(function):
        CHECKS.append((name, function))
        return function

    return keep


def connect(**options):
    return redis.Redis.from_url(URL, **{'decode_responses': True, **options})


def equal(actual, expected):
    assert actual == expected, f'{actual!r} instead of {expected!r}'


def refused(call, text, kind=ResponseError):
    try:
        answer = call()
    except kind as error:
        assert text in str(error), f'{error} instead of {text}'
        return
    raise AssertionError(f'{answer!r} instead of {text}')


@check('strings, numbers, expiry, bytes')
def strings(r):
    equal(r.set('k', 'v', ex=100, nx=True), True)
    equal(r.set('k', 'w', nx=True), None)
    assert 90 < r.ttl('k') <= 100
    equal(r.set('k', 'w', keepttl=True, get=True), 'v')
    equal((r.incr('n', 5), r.decrby('n', 2), r.incrbyfloat('f', 0.1)), (5, 3, 0.1))
    equal(r.mset({'a': 1, 'b': 2}), True)
    equal(r.mget('a', 'missing', 'b'), ['1', None, '2'])
    raw = connect(decode_responses=False)
    every = bytes(range(256))
    raw.set(every, every)
    equal((raw.get(every), raw.strlen(every)), (every, 256))
    equal(r.getex('k', persist=True), 'w')
    equal((r.ttl('k'), r.copy('k', 'k2'), r.getdel('k')), (-1, True, 'w'))
    refused(lambda: r.incr('k2'), 'value is not an integer')
    equal((r.setbit('bits', 7, 1), r.bitcount('bits'), r.bitpos('bits', 1)), (0, 1, 7))


@check('hashes, lists, sets, sorted sets')
def collections(r):
    equal(r.hset('h', mapping={'name': 'x', 'age': 40}), 2)
    equal((r.hgetall('h'), r.hincrby('h', 'age', 2)), ({'name': 'x', 'age': '40'}, 42))
    equal(dict(r.hscan_iter('h')), {'name': 'x', 'age': '42'})
    equal((r.rpush('l', *'abcde'), r.lrange('l', 1, -2), r.lpos('l', 'c')), (5, ['b', 'c', 'd'], 2))
    equal((r.lmove('l', 'l', 'LEFT', 'RIGHT'), r.lpop('l', 2), r.llen('l')), ('a', ['b', 'c'], 3))
    equal((r.sadd('s', *range(5)), r.sadd('t', 3, 4, 9)), (5, 3))
    equal((r.sinter('s', 't'), r.sintercard(2, ['s', 't'])), ({'3', '4'}, 2))
    equal(set(r.sscan_iter('s', match='*')), set('01234'))
    equal(r.zadd('z', {'a': 1, 'b': 2.5, 'c': float('inf')}), 3)
    equal(r.zrange('z', 0, -1, withscores=True), [('a', 1.0), ('b', 2.5), ('c', float('inf'))])
    equal(r.zrange('z', '-inf', '(3', byscore=True, offset=0, num=1), ['a'])
    equal((r.zrevrank('z', 'a'), r.zincrby('z', 2, 'a'), r.zpopmin('z')), (2, 3.0, [('b', 2.5)]))
    equal(r.geoadd('g', (13.361389, 38.115556, 'Palermo', 15.087269, 37.502669, 'Catania')), 2)
    equal(r.geodist('g', 'Palermo', 'Catania', unit='km'), 166.2742)
    equal((r.pfadd('p', *range(100)), abs(r.pfcount('p') - 100) < 5), (1, True))


@check('pipelines')
def pipelines(r):
    with r.pipeline(transaction=False) as pipe:
        for number in range(2000):
            pipe.set(f'p:{number}', number)
        equal(pipe.execute(), [True] * 2000)
    with r.pipeline(transaction=False) as pipe:
        pipe.get('p:7').lpush('p:7', 'x').get('p:8')
        first, second, third = pipe.execute(raise_on_error=False)
        equal((first, third), ('7', '8'))
        assert isinstance(second, ResponseError) and 'WRONGTYPE' in str(second), second


@check('scan_iter gives every key once')
def scan(r):
    with r.pipeline() as pipe:
        for number in range(3000):
            pipe.set(f'key:{number}', number)
        pipe.hset('a-hash', 'f', 'v')
        pipe.execute()
    keys = list(r.scan_iter(match='key:*', count=100))
    equal((len(keys), len(set(keys))), (3000, 3000))
    equal(list(r.scan_iter(_type='HASH')), ['a-hash'])


@check('transactions, and WATCH against another client')
def transactions(r):
    with r.pipeline() as pipe:
        pipe.set('a', 1).incr('a').lpush('a', 'x').get('a')
        answers = pipe.execute(raise_on_error=False)
        equal((answers[0], answers[1], answers[3]), (True, 2, '2'))
        assert 'WRONGTYPE' in str(answers[2])
    other = connect()
    with r.pipeline() as pipe:
        pipe.watch('a')
        other.set('a', 10)
        pipe.multi()
        pipe.incr('a')
        refused(pipe.execute, '', WatchError)

    attempts = []

    def double(pipe):
        value = int(pipe.get('a'))
        if not attempts:
            other.incr('a')
        attempts.append(value)
        pipe.multi()
        pipe.set('a', value * 2)

    equal((r.transaction(double, 'a'), attempts, r.get('a')), ([True], [10, 11], '22'))


@check('publish and subscribe')
def pubsub(r):
    with r.pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe('news')
        listener.psubscribe('n*')
        equal(listener.get_message(timeout=5), None)
        equal(listener.get_message(timeout=5), None)
        equal(r.publish('news', 'hello'), 2)
        heard = [listener.get_message(timeout=5) for _ in range(2)]
        equal([(m['type'], m['channel'], m['data']) for m in heard], [('message', 'news', 'hello'), ('pmessage', 'news', 'hello')])
        equal(r.pubsub_numsub('news'), [('news', 1)])
        listener.ping('still there')
        equal(listener.get_message(timeout=5)['data'], 'still there')
    arrived = threading.Event()
    listener = r.pubsub()
    listener.subscribe(**{'thread': lambda message: arrived.set()})
    runner = listener.run_in_thread(sleep_time=0.01)
    while r.publish('thread', 'x') == 0:
        pass
    assert arrived.wait(5)
    runner.stop()
    runner.join()


@check('streams and consumer groups')
def streams(r):
    ids = [r.xadd('s', {'n': number}) for number in range(10)]
    equal((r.xlen('s'), r.xrange('s', count=1)), (10, [(ids[0], {'n': '0'})]))
    equal(r.xgroup_create('s', 'g', id='0'), True)
    refused(lambda: r.xgroup_create('s', 'g'), 'BUSYGROUP')
    ((_, entries),) = r.xreadgroup('g', 'one', {'s': '>'}, count=6)
    equal([entry_id for entry_id, _ in entries], ids[:6])
    equal(r.xack('s', 'g', *ids[:4]), 4)
    summary = r.xpending('s', 'g')
    equal((summary['pending'], summary['min'], summary['max']), (2, ids[4], ids[5]))
    equal([entry_id for entry_id, _ in r.xclaim('s', 'g', 'two', 0, [ids[4]])], [ids[4]])
    equal(r.xautoclaim('s', 'g', 'three', 0)[1][0][0], ids[4])
    equal(r.xinfo_groups('s')[0]['pending'], 2)
    equal(r.xtrim('s', maxlen=3, approximate=False), 7)
    got = []
    reader = threading.Thread(target=lambda: got.append(connect().xread({'s': '$'}, block=5000)))
    reader.start()
    while r.info('clients')['blocked_clients'] == 0:
        pass
    last = r.xadd('s', {'n': 'last'})
    reader.join()
    equal(got, [[['s', [(last, {'n': 'last'})]]]])


@check('blocking pops wait for another client')
def blocking(r):
    got = []

    def wait_for(call):
        thread = threading.Thread(target=lambda: got.append(call(connect())))
        thread.start()
        while r.info('clients')['blocked_clients'] == 0:
            pass
        return thread

    thread = wait_for(lambda c: c.blpop(['x', 'y'], timeout=5))
    equal(r.rpush('y', 'a', 'b'), 2)
    thread.join()
    thread = wait_for(lambda c: c.blmove('in', 'out', 5))
    r.rpush('in', 'moved')
    thread.join()
    thread = wait_for(lambda c: c.bzpopmin('z', timeout=5))
    r.zadd('z', {'m': 7})
    thread.join()
    equal(got, [('y', 'a'), 'moved', ('z', 'm', 7.0)])
    equal((r.lrange('out', 0, -1), r.blpop('nothing', timeout=0.05)), (['moved'], None))


@check('scripts by their hash, and functions')
def scripts(r):
    add = r.register_script("return redis.call('incrby', KEYS[1], ARGV[1]) * 2")
    r.script_flush()
    equal((add(keys=['n'], args=[4]), add(keys=['n'], args=[1])), (8, 10))
    with r.pipeline() as pipe:
        add(keys=['n'], args=[5], client=pipe)
        pipe.get('n')
        equal(pipe.execute(), [20, '10'])
    refused(lambda: r.evalsha('0' * 40, 0), 'No matching script', NoScriptError)
    refused(lambda: r.eval("return redis.error_reply('MINE own words')", 0), 'MINE own words')
    equal(r.eval("return cjson.encode({1, 'two', {three = 3}})", 0), '[1,"two",{"three":3}]')
    library = "#!lua name=lib\nredis.register_function('twice', function(keys, args) return args[1] * 2 end)"
    equal(r.function_load(library, replace=True), 'lib')
    equal((r.fcall('twice', 0, 21), r.function_delete('lib')), (42, True))


@check('locks')
def locks(r):
    lock = r.lock('resource', timeout=10, blocking_timeout=0.05)
    assert lock.acquire() and lock.owned() and lock.locked()
    equal(connect().lock('resource', timeout=10).acquire(blocking=False), False)
    assert lock.extend(10) and lock.reacquire()
    lock.release()
    refused(lock.release, '', LockError)
    held = [0, 0]

    def enter(client):
        for _ in range(5):
            with client.lock('section', timeout=10, sleep=0.002):
                held[0] += 1
                assert held[0] == 1
                client.incr('entered')
                held[0] -= 1
                held[1] += 1

    threads = [threading.Thread(target=enter, args=(connect(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal((held, r.get('entered')), ([0, 20], '20'))


@check('a pool shared by threads')
def pool(r):
    def work(number):
        for _ in range(50):
            r.incr('shared')
            r.hincrby('by-thread', number, 1)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal((r.get('shared'), set(r.hgetall('by-thread').values())), ('400', {'50'}))


@check('INFO, CLIENT, CONFIG, COMMAND, OBJECT, SLOWLOG, MEMORY are parsed')
def administration(r):
    info = r.info()
    assert info['redis_version'].startswith('7.2') and info['loading'] == 0
    r.client_setname('me')
    assert any(client['name'] == 'me' for client in r.client_list())
    equal(r.client_getname(), 'me')
    equal(r.config_get('maxmemory-policy'), {'maxmemory-policy': 'noeviction'})
    equal((r.config_set('slowlog-max-len', 64), r.config_get('slowlog-max-len')), (True, {'slowlog-max-len': '64'}))
    assert r.command()['get']['arity'] == 2 and r.command_count() > 240
    r.rpush('l', 1, 2)
    equal((r.object('encoding', 'l'), r.type('l')), ('listpack', 'list'))
    assert r.memory_usage('l') > 0 and isinstance(r.slowlog_get(), list)
    seconds, micros = r.time()
    assert abs(seconds + micros / 1e6 - time.time()) < 5
    equal((r.wait(0, 10), r.dbsize(), r.ping(), r.echo('x')), (0, 1, True, 'x'))


@check('users of ACL')
def users(r):
    equal(r.acl_setuser('app', enabled=True, passwords=['+secret'], keys=['app:*'], categories=['+@all', '-@dangerous']), True)
    app = connect(username='app', password='secret')
    app.connection_pool.connection_kwargs.update(username='app', password='secret')
    equal((app.acl_whoami(), app.set('app:1', 'x')), ('app', True))
    refused(lambda: app.set('other', 'x'), 'No permissions to access a key', redis.exceptions.NoPermissionError)
    wrong = connect()
    wrong.connection_pool.connection_kwargs.update(username='app', password='wrong')
    refused(wrong.ping, 'WRONGPASS')
    equal(r.acl_deluser('app'), 1)


@check('DUMP and RESTORE, SORT, MOVE and databases')
def others(r):
    raw = connect(decode_responses=False)
    raw.rpush('l', 3, 1, 2)
    equal((raw.restore('l2', 0, raw.dump('l')), raw.lrange('l2', 0, -1)), (b'OK', [b'3', b'1', b'2']))
    equal(r.sort('l', desc=True), ['3', '2', '1'])
    equal((r.move('l2', 5), r.exists('l2')), (True, 0))
    five = redis.Redis.from_url(URL.replace('/0', '/5', 1))
    equal((five.exists('l2'), five.flushdb()), (1, True))


def main():
    print(json.dumps({'redis': redis.__version__}), flush=True)
    for name, function in CHECKS:
        begin = time.monotonic()
        why = None
        try:
            client = connect()
            client.flushall()
            function(client)
        except Exception:
            why = traceback.format_exc(limit=-2)
        print(json.dumps({'name': name, 'why': why, 'ms': round((time.monotonic() - begin) * 1000)}), flush=True)


main()
