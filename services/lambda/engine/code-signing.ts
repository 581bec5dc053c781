/** Code signing configurations: what they may say, and what they mean for a package that is to be deployed. */
import { lambdaError } from './errors.ts';
import { requireCount, requireLength, requireOneOf, requirePattern } from './requirements.ts';
import { settingLimits } from './setting-limits.ts';

export interface CodeSigning {
  /** ARNs of signing profile versions. */
  readonly publishers: readonly string[];
  readonly untrusted: 'Warn' | 'Enforce';
}

const profileForm =
  /^arn:aws[a-zA-Z0-9-]*:signer:[a-z]{2}(?:-[a-z]+)+-\d:\d{12}:\/signing-profiles\/[a-zA-Z0-9_]{2,64}\/[a-zA-Z0-9]{10}$/;
/** AWS would show one that takes any ARN, and say of another that it is not found: there are no profiles to be looked up here. */
const shownForm =
  'arn:(aws[a-zA-Z0-9-]*):signer:[a-z]{2}(-[a-z]+)+-\\d:\\d{12}:/signing-profiles/[a-zA-Z0-9_]{2,64}/[a-zA-Z0-9]{10}';

/** @throws AwsError */
export function publishersOf(arns: readonly string[]): string[] {
  requireCount(arns, 'allowedPublishers.signingProfileVersionArns', settingLimits.publishersMax, 1);
  for (const arn of arns)
    requirePattern(arn, 'allowedPublishers.signingProfileVersionArns.member', profileForm, shownForm);
  return [...arns];
}

/** @throws AwsError */
export function untrustedPolicyOf(value: string): CodeSigning['untrusted'] {
  return requireOneOf(value, 'codeSigningPolicies.untrustedArtifactOnDeployment', ['Warn', 'Enforce']);
}

/** @throws AwsError */
export function requireDescription(text: string): void {
  requireLength(text, 'description', settingLimits.codeSigningDescriptionMax);
}

/**
 * Whether code may be deployed to a function with this configuration.
 * @param signer the signing profile version that signed the package; undefined: none did
 * @throws AwsError CodeVerificationFailedException
 */
export function requireSigned(config: CodeSigning, signer: string | undefined): void {
  if (config.untrusted === 'Warn' || (signer !== undefined && config.publishers.includes(signer))) return;
  throw lambdaError(
    'CodeVerificationFailedException',
    'The code signature failed one or more of the validation checks for signature mismatch or expiry, and the code signing policy is set to ENFORCE. Lambda blocks the deployment.',
  );
}
