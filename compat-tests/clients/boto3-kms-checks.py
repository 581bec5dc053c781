"""boto3 on KMS against a started gateway: one line of JSON per check on standard output. Argument: endpoint."""

import json
import sys
import time
import traceback

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = sys.argv[1]
KMS = boto3.client('kms', endpoint_url=ENDPOINT, config=Config(retries={'total_max_attempts': 1}))
CHECKS = []


def check(name):
    def keep(function):
        CHECKS.append((name, function))
        return function

    return keep


def new_key(**settings):
    return KMS.create_key(**settings)['KeyMetadata']['KeyId']


def refused(call, code):
    try:
        call()
    except ClientError as error:
        found = error.response['Error']['Code']
        assert found == code, f'{found} instead of {code}'
        return
    raise AssertionError(f'succeeded instead of {code}')


@check('data keys are opened under their encryption context alone')
def _():
    key = new_key()
    made = KMS.generate_data_key(KeyId=key, KeySpec='AES_256', EncryptionContext={'a': 'b'})
    opened = KMS.decrypt(CiphertextBlob=made['CiphertextBlob'], EncryptionContext={'a': 'b'})
    assert opened['Plaintext'] == made['Plaintext'] and len(made['Plaintext']) == 32
    refused(lambda: KMS.decrypt(CiphertextBlob=made['CiphertextBlob']), 'InvalidCiphertextException')


@check('ciphertexts move to another key')
def _():
    one, two = new_key(), new_key()
    sealed = KMS.encrypt(KeyId=one, Plaintext=b'x' * 4096)['CiphertextBlob']
    moved = KMS.re_encrypt(CiphertextBlob=sealed, DestinationKeyId=two)
    opened = KMS.decrypt(CiphertextBlob=moved['CiphertextBlob'], KeyId=two)
    assert opened['Plaintext'] == b'x' * 4096
    refused(lambda: KMS.decrypt(CiphertextBlob=sealed, KeyId=two), 'IncorrectKeyException')


@check('signatures of elliptic curves and of RSA verify')
def _():
    for spec, algorithm in (('ECC_SECG_P256K1', 'ECDSA_SHA_256'), ('RSA_2048', 'RSASSA_PSS_SHA_256')):
        key = new_key(KeySpec=spec, KeyUsage='SIGN_VERIFY')
        message = dict(KeyId=key, Message=b'signed', SigningAlgorithm=algorithm)
        signature = KMS.sign(**message)['Signature']
        assert KMS.verify(Signature=signature, **message)['SignatureValid']
        refused(lambda: KMS.verify(**{**message, 'Message': b'other'}, Signature=signature), 'KMSInvalidSignatureException')


@check('codes verify')
def _():
    key = new_key(KeySpec='HMAC_512', KeyUsage='GENERATE_VERIFY_MAC')
    message = dict(KeyId=key, Message=b'm', MacAlgorithm='HMAC_SHA_512')
    mac = KMS.generate_mac(**message)['Mac']
    assert len(mac) == 64 and KMS.verify_mac(Mac=mac, **message)['MacValid']


@check('pages of keys and aliases, grants, states')
def _():
    key = new_key()
    for number in range(3):
        KMS.create_alias(AliasName=f'alias/boto3-{key}-{number}', TargetKeyId=key)
    pages = KMS.get_paginator('list_aliases').paginate(KeyId=key, PaginationConfig={'PageSize': 1})
    assert sum(len(page['Aliases']) for page in pages) == 3
    pages = KMS.get_paginator('list_keys').paginate(PaginationConfig={'PageSize': 2})
    assert key in [entry['KeyId'] for page in pages for entry in page['Keys']]
    grant = KMS.create_grant(KeyId=key, GranteePrincipal='arn:aws:iam::000000000000:user/a', Operations=['Decrypt'])
    assert [entry['GrantId'] for entry in KMS.list_grants(KeyId=key)['Grants']] == [grant['GrantId']]
    KMS.disable_key(KeyId=key)
    refused(lambda: KMS.encrypt(KeyId=key, Plaintext=b'x'), 'DisabledException')


def main():
    print(json.dumps({'boto3': boto3.__version__}), flush=True)
    for name, function in CHECKS:
        begin = time.monotonic()
        try:
            function()
            why = None
        except Exception:  # A failed check must not stop the others: it is reported with its trace.
            why = traceback.format_exc(limit=-3)
        print(json.dumps({'name': name, 'why': why, 'ms': round((time.monotonic() - begin) * 1000)}), flush=True)


main()
