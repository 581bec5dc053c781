"""boto3 against a started gateway: one line of JSON per check on standard output.

Arguments: endpoint, bucket prefix, scratch folder. Credentials and trust come from the environment, as boto3 reads them.
Runs with the boto3 of Debian 12 (before default checksums: Content-MD5) and with that of Debian 13 (CRC32, trailers).
"""

import hashlib
import io
import json
import os
import sys
import time
import traceback
import urllib.error
import urllib.request
import ssl

import boto3
import botocore
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT, PREFIX, SCRATCH = sys.argv[1:4]
VERSION = tuple(int(part) for part in boto3.__version__.split('.')[:2])
NEW = VERSION >= (1, 36)
MIB = 1 << 20
CHECKS = []


def check(name, when=True):
    def keep(function):
        if when:
            CHECKS.append((name, function))
        return function

    return keep


def client(**config):
    settings = dict(s3={'addressing_style': 'path'}, retries={'total_max_attempts': 1})
    settings.update(config)
    return boto3.client('s3', endpoint_url=ENDPOINT, config=Config(**settings))


def content(seed, length):
    block = hashlib.shake_256(str(seed).encode()).digest(min(length, MIB))
    return (block * (length // max(1, len(block)) + 1))[:length] if length else b''


def refused(call, code, status):
    try:
        call()
    except ClientError as error:
        found = (error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode'])
        assert found == (code, status), f'{found} instead of {(code, status)}'
        return
    raise AssertionError(f'succeeded instead of {code}')


def sent_headers(s3, operation):
    """Collects the headers of every request of one operation as they go out."""
    seen = []

    def keep(request, **_rest):
        seen.append({name.lower(): value for name, value in request.headers.items()})

    s3.meta.events.register(f'before-send.s3.{operation}', keep)
    return seen


def text(value):
    return value.decode() if isinstance(value, bytes) else value


S3 = client()
BUCKET = f'{PREFIX}-main'


@check('a bucket is made, found and listed')
def _():
    S3.create_bucket(Bucket=BUCKET)
    S3.get_waiter('bucket_exists').wait(Bucket=BUCKET, WaiterConfig={'Delay': 1, 'MaxAttempts': 5})
    assert BUCKET in [bucket['Name'] for bucket in S3.list_buckets()['Buckets']]


@check('bodies of all sizes come back whole')
def _():
    for length in (0, 1, 1000, 65535, 65536, 65537, MIB, 3 * MIB + 1):
        body = content(length, length)
        put = S3.put_object(Bucket=BUCKET, Key=f'sizes/{length}', Body=body)
        assert put['ETag'] == f'"{hashlib.md5(body).hexdigest()}"', length
        got = S3.get_object(Bucket=BUCKET, Key=f'sizes/{length}')
        assert got['ContentLength'] == length
        assert got['Body'].read() == body, length


@check('a file object is streamed in the form of this generation')
def _():
    s3 = client()
    seen = sent_headers(s3, 'PutObject')
    body = content('stream', 2 * MIB + 3)
    s3.put_object(Bucket=BUCKET, Key='streamed', Body=io.BytesIO(body))
    headers = seen[-1]
    if NEW and ENDPOINT.startswith('https:'):
        assert text(headers['x-amz-content-sha256']) == 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', headers
        assert text(headers['x-amz-trailer']) == 'x-amz-checksum-crc32', headers
    elif NEW:
        assert 'x-amz-checksum-crc32' in headers, headers
    else:
        assert 'x-amz-trailer' not in headers and 'x-amz-checksum-crc32' not in headers, headers
    got = s3.get_object(Bucket=BUCKET, Key='streamed')
    assert got['Body'].read() == body
    assert 'aws-chunked' not in got['ResponseMetadata']['HTTPHeaders'].get('content-encoding', '')


@check('batch deletion carries the digest of this generation')
def _():
    s3 = client()
    seen = sent_headers(s3, 'DeleteObjects')
    keys = [f'batch/{i} +é' for i in range(20)]
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b'x')
    done = s3.delete_objects(Bucket=BUCKET, Delete={'Objects': [{'Key': key} for key in keys]})
    assert sorted(entry['Key'] for entry in done['Deleted']) == sorted(keys)
    assert ('x-amz-checksum-crc32' if NEW else 'content-md5') in seen[-1], seen[-1]
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix='batch/')['KeyCount'] == 0


@check('a wrong Content-MD5 is refused')
def _():
    refused(
        lambda: S3.put_object(Bucket=BUCKET, Key='bad', Body=b'x', ContentMD5='1B2M2Y8AsgTpgAmY7PhCfg=='),
        'BadDigest',
        400,
    )
    refused(lambda: S3.get_object(Bucket=BUCKET, Key='bad'), 'NoSuchKey', 404)


@check('every checksum algorithm this machine has is taken and checked on the way back')
def _():
    for algorithm in ('CRC32', 'SHA1', 'SHA256'):
        body = content(algorithm, 100_000)
        put = S3.put_object(Bucket=BUCKET, Key=algorithm, Body=body, ChecksumAlgorithm=algorithm)
        got = S3.get_object(Bucket=BUCKET, Key=algorithm, ChecksumMode='ENABLED')
        assert got['Body'].read() == body
        assert got[f'Checksum{algorithm}'] == put[f'Checksum{algorithm}']


@check('upload_file and download_file move 40 MiB in parts')
def _():
    path = os.path.join(SCRATCH, 'upload')
    body = content('parts', 40 * MIB + 5)
    with open(path, 'wb') as file:
        file.write(body)
    S3.upload_file(path, BUCKET, 'parts')
    assert S3.head_object(Bucket=BUCKET, Key='parts')['ETag'].endswith('-6"')
    S3.download_file(BUCKET, 'parts', path + '.back')
    with open(path + '.back', 'rb') as file:
        assert file.read() == body


@check('a managed copy in parts keeps the bytes')
def _():
    config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB)
    S3.copy({'Bucket': BUCKET, 'Key': 'parts'}, BUCKET, 'parts copied', Config=config)
    held = io.BytesIO()
    S3.download_fileobj(BUCKET, 'parts copied', held)
    assert held.getvalue() == content('parts', 40 * MIB + 5)


@check('upload_fileobj of a stream that cannot seek')
def _():
    class Pipe(io.RawIOBase):
        def __init__(self, data):
            super().__init__()
            self.inner = io.BytesIO(data)

        def readable(self):
            return True

        def readinto(self, into):
            return self.inner.readinto(into)

    body = content('pipe', 11 * MIB)
    S3.upload_fileobj(io.BufferedReader(Pipe(body)), BUCKET, 'piped')
    held = io.BytesIO()
    S3.download_fileobj(BUCKET, 'piped', held)
    assert held.getvalue() == body


@check('keys with odd characters')
def _():
    keys = ['a//b', '/lead', 'a/./b', 'a/../b', 'plus+', 'per%20cent', '%zz', ' space ', '?#&=;:@$', 'ünï/日本', '\u0001\u007f',
            'tab\tline\n', '"<>\'&', '\U0001f4a9', 'k' * 1024]
    for key in keys:
        S3.put_object(Bucket=BUCKET, Key='odd' + key if len(key) < 1000 else key, Body=key.encode())
    for key in keys:
        stored = 'odd' + key if len(key) < 1000 else key
        assert S3.get_object(Bucket=BUCKET, Key=stored)['Body'].read() == key.encode(), repr(key)
    listed = [entry['Key'] for entry in S3.list_objects_v2(Bucket=BUCKET, Prefix='odd')['Contents']]
    expected = sorted(('odd' + key for key in keys if len(key) < 1000), key=lambda key: key.encode())
    assert listed == expected, (listed, expected)


@check('paginators see every key once, with both listings')
def _():
    bucket = f'{PREFIX}-pages'
    S3.create_bucket(Bucket=bucket)
    keys = [f'{i % 7}/{i:04d}' for i in range(350)]
    for key in keys:
        S3.put_object(Bucket=bucket, Key=key, Body=b'')
    for operation in ('list_objects_v2', 'list_objects'):
        pages = S3.get_paginator(operation).paginate(Bucket=bucket, PaginationConfig={'PageSize': 40})
        assert [entry['Key'] for page in pages for entry in page.get('Contents', [])] == sorted(keys), operation
        pages = S3.get_paginator(operation).paginate(Bucket=bucket, Delimiter='/', PaginationConfig={'PageSize': 3})
        found = [entry['Prefix'] for page in pages for entry in page.get('CommonPrefixes', [])]
        assert found == [f'{i}/' for i in range(7)], (operation, found)


@check('the resource interface deletes a whole bucket')
def _():
    resource = boto3.resource('s3', endpoint_url=ENDPOINT, config=Config(s3={'addressing_style': 'path'}))
    bucket = resource.Bucket(f'{PREFIX}-pages')
    assert sum(1 for _object in bucket.objects.filter(Prefix='3/')) == 50
    bucket.objects.all().delete()
    bucket.delete()
    refused(lambda: S3.head_bucket(Bucket=f'{PREFIX}-pages'), '404', 404)


@check('metadata, headers and ranges')
def _():
    S3.put_object(Bucket=BUCKET, Key='meta', Body=b'0123456789', Metadata={'One': 'a b', 'two': '2'}, CacheControl='no-cache')
    head = S3.head_object(Bucket=BUCKET, Key='meta')
    assert head['Metadata'] == {'one': 'a b', 'two': '2'} and head['CacheControl'] == 'no-cache'
    got = S3.get_object(Bucket=BUCKET, Key='meta', Range='bytes=-3')
    assert (got['Body'].read(), got['ContentRange']) == (b'789', 'bytes 7-9/10')
    refused(lambda: S3.get_object(Bucket=BUCKET, Key='meta', Range='bytes=10-'), 'InvalidRange', 416)


@check('conditions on reading')
def _():
    tag = S3.head_object(Bucket=BUCKET, Key='meta')['ETag']
    S3.get_object(Bucket=BUCKET, Key='meta', IfMatch=tag)
    refused(lambda: S3.get_object(Bucket=BUCKET, Key='meta', IfMatch='"x"'), 'PreconditionFailed', 412)
    refused(lambda: S3.get_object(Bucket=BUCKET, Key='meta', IfNoneMatch=tag), '304', 304)


@check('conditions on writing', when=NEW)  # The older one has no such parameter.
def _():
    S3.put_object(Bucket=BUCKET, Key='once', Body=b'1', IfNoneMatch='*')
    refused(lambda: S3.put_object(Bucket=BUCKET, Key='once', Body=b'2', IfNoneMatch='*'), 'PreconditionFailed', 412)


@check('presigned links read and write')
def _():
    context = ssl.create_default_context(cafile=os.environ.get('AWS_CA_BUNDLE')) if ENDPOINT.startswith('https:') else None
    s3 = client(signature_version='s3v4')
    url = s3.generate_presigned_url('put_object', Params={'Bucket': BUCKET, 'Key': 'linked é'}, ExpiresIn=60)
    request = urllib.request.Request(url, data=b'by link', method='PUT')
    assert urllib.request.urlopen(request, context=context).status == 200
    url = s3.generate_presigned_url('get_object', Params={'Bucket': BUCKET, 'Key': 'linked é'}, ExpiresIn=60)
    assert urllib.request.urlopen(url, context=context).read() == b'by link'
    try:
        urllib.request.urlopen(url.replace('linked', 'other'), context=context)
        raise AssertionError('a changed link was taken')
    except urllib.error.HTTPError as error:
        assert error.code == 403


@check('uploads in parts by hand: list, abort, complete')
def _():
    upload = S3.create_multipart_upload(Bucket=BUCKET, Key='hand')['UploadId']
    where = dict(Bucket=BUCKET, Key='hand', UploadId=upload)
    first = S3.upload_part(PartNumber=1, Body=content('h1', 5 * MIB), **where)
    second = S3.upload_part(PartNumber=2, Body=b'end', **where)
    assert [part['PartNumber'] for part in S3.list_parts(**where)['Parts']] == [1, 2]
    parts = [{'PartNumber': n, 'ETag': part['ETag']} for n, part in ((1, first), (2, second))]
    S3.complete_multipart_upload(MultipartUpload={'Parts': parts}, **where)
    assert S3.get_object(Bucket=BUCKET, Key='hand')['Body'].read() == content('h1', 5 * MIB) + b'end'
    other = S3.create_multipart_upload(Bucket=BUCKET, Key='hand')['UploadId']
    S3.abort_multipart_upload(Bucket=BUCKET, Key='hand', UploadId=other)
    refused(lambda: S3.list_parts(Bucket=BUCKET, Key='hand', UploadId=other), 'NoSuchUpload', 404)


@check('errors carry their codes')
def _():
    refused(lambda: S3.get_object(Bucket=BUCKET, Key='absent'), 'NoSuchKey', 404)
    refused(lambda: S3.list_objects_v2(Bucket='no-such-bucket-at-all'), 'NoSuchBucket', 404)
    refused(lambda: S3.delete_bucket(Bucket=BUCKET), 'BucketNotEmpty', 409)
    refused(lambda: S3.get_bucket_policy(Bucket=BUCKET), 'NoSuchBucketPolicy', 404)
    wrong = boto3.client('s3', endpoint_url=ENDPOINT, aws_secret_access_key='wrong',
                         aws_access_key_id=os.environ['AWS_ACCESS_KEY_ID'])
    refused(wrong.list_buckets, 'SignatureDoesNotMatch', 403)


@check('everything is deleted at the end')
def _():
    for page in S3.get_paginator('list_objects_v2').paginate(Bucket=BUCKET):
        for entry in page.get('Contents', []):
            S3.delete_object(Bucket=BUCKET, Key=entry['Key'])
    S3.delete_bucket(Bucket=BUCKET)


def main():
    print(json.dumps({'boto3': boto3.__version__, 'botocore': botocore.__version__}), flush=True)
    for name, function in CHECKS:
        begin = time.monotonic()
        try:
            function()
            why = None
        except Exception:  # A failed check must not stop the others: it is reported with its trace.
            why = traceback.format_exc(limit=-3)
        print(json.dumps({'name': name, 'why': why, 'ms': round((time.monotonic() - begin) * 1000)}), flush=True)


main()
