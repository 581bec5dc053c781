/** Facts about services that the SDK's runtime schemas leave out, by the name after `@aws-sdk/client-`. */

/** Numeric members that hold fractions. The SDK merges all numeric types; every other number is a whole one. */
export const FRACTIONAL: Readonly<Record<string, readonly string[]>> = {
  dynamodb: [
    'AutoScalingTargetTrackingScalingPolicyConfigurationDescription.TargetValue',
    'AutoScalingTargetTrackingScalingPolicyConfigurationUpdate.TargetValue',
    'Capacity.CapacityUnits',
    'Capacity.ReadCapacityUnits',
    'Capacity.WriteCapacityUnits',
    'ConsumedCapacity.CapacityUnits',
    'ConsumedCapacity.ReadCapacityUnits',
    'ConsumedCapacity.WriteCapacityUnits',
    'ItemCollectionMetrics.SizeEstimateRangeGB',
  ],
};

/** Operations whose XML output is the text of its root element (the trait `s3UnwrappedXmlOutput`). */
export const UNWRAPPED: Readonly<Record<string, readonly string[]>> = {
  s3: ['GetBucketLocation'],
};
