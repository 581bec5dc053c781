/** `speculative_retry` and `additional_write_policy`: of a cluster's replicas; kept and shown in their canonical form. */
import { configError, parseDouble } from './properties.ts';

interface Policy {
  readonly kind: 'ALWAYS' | 'NEVER' | 'PERCENTILE' | 'FIXED' | 'HYBRID';
  readonly text: string;
}

export function readRetryPolicy(text: string): string {
  return policyOf(text).text;
}

const wrong = (text: string) => configError(`Invalid value ${text} for option 'speculative_retry'`);

function policyOf(text: string): Policy {
  const upper = text.toUpperCase();
  if (upper === 'ALWAYS') return { kind: upper, text: upper };
  // NONE is what schemas of Cassandra 3 have.
  if (upper === 'NEVER' || upper === 'NONE') return { kind: 'NEVER', text: 'NEVER' };
  const percentile = /^([0-9.]+)p(?:ercentile)?$/i.exec(text);
  if (percentile !== null) return percentilePolicy(text, percentile[1]!);
  const fixed = /^([0-9.]+)ms$/i.exec(text);
  if (fixed !== null) return { kind: 'FIXED', text: `${Math.trunc(numberOf(text, fixed[1]!))}ms` };
  const hybrid = /^(MIN|MAX)\(([0-9.]+[a-z]+)\s*,\s*([0-9.]+[a-z]+)\)$/i.exec(text);
  if (hybrid !== null) return hybridPolicy(text, hybrid[1]!.toUpperCase(), hybrid[2]!, hybrid[3]!);
  throw wrong(text);
}

function numberOf(text: string, digits: string): number {
  const number = parseDouble(digits);
  if (number === undefined) throw wrong(text);
  return number;
}

function percentilePolicy(text: string, digits: string): Policy {
  const percentile = numberOf(text, digits);
  if (percentile <= 0 || percentile >= 100)
    throw configError(
      `Invalid value ${text} for PERCENTILE option 'speculative_retry': must be between (0.0 and 100.0)`,
    );
  return { kind: 'PERCENTILE', text: `${Number(percentile.toFixed(4))}p` };
}

function hybridPolicy(text: string, name: string, first: string, second: string): Policy {
  const policies = [first, second].map((each) => {
    if (!/^[0-9.]+(?:p|percentile|ms)$/i.test(each)) throw wrong(text);
    return policyOf(each);
  });
  const [left, right] = policies as [Policy, Policy];
  if (left.kind === right.kind)
    throw configError(
      `Invalid value ${text} for option 'speculative_retry': MIN()/MAX() arguments should be of different types, ` +
        `but both are of type ${left.kind}`,
    );
  const [percentile, fixed] = left.kind === 'PERCENTILE' ? [left, right] : [right, left];
  return { kind: 'HYBRID', text: `${name}(${percentile.text},${fixed.text})` };
}
