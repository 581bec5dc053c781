/** What a proof of this service is about, as a text: `lambda://invocation/ACCOUNT/REGION/REQUESTID`. Runs in browsers. */
import { ProofRefused } from '@hypergate/node/verifier';

export interface LambdaSubject {
  readonly account: string;
  readonly region: string;
  readonly requestId: string;
}

export function subjectText({ account, region, requestId }: LambdaSubject): string {
  return `lambda://invocation/${account}/${region}/${requestId}`;
}

/** @throws ProofRefused unless it is exactly what `subjectText` makes */
export function parseSubject(text: string): LambdaSubject {
  const form = /^lambda:\/\/invocation\/(\d{12})\/([a-z0-9-]{1,32})\/([0-9a-f-]{36})$/;
  const [, account, region, requestId] = form.exec(text) ?? [];
  if (account === undefined || region === undefined || requestId === undefined)
    throw new ProofRefused('the subject is not of the form lambda://invocation/ACCOUNT/REGION/REQUESTID');
  return { account, region, requestId };
}
