/** Where a bucket is: its location constraint against the region of the endpoint (of the request's signature). */
import { s3Error } from '../errors.ts';

export const legacyRegion = 'us-east-1';
const shape = /^[a-z]{2,4}(?:-[a-z]+){1,3}-\d{1,2}$/;

/**
 * @param constraint of CreateBucket's body; none means the endpoint's region, also where AWS insists on naming it
 * @throws InvalidLocationConstraint, IllegalLocationConstraintException
 */
export function bucketRegion(constraint: string | undefined, endpoint: string): string {
  if (constraint === undefined || constraint === '') return endpoint;
  const region = constraint === 'EU' ? 'eu-west-1' : constraint;
  if (!shape.test(region) || region === legacyRegion) {
    throw s3Error('InvalidLocationConstraint', { LocationConstraint: constraint });
  }
  if (endpoint !== legacyRegion && endpoint !== region) {
    throw s3Error(
      'IllegalLocationConstraintException',
      {},
      `The ${constraint} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    );
  }
  return region;
}
