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
  lambda: [
    'AliasRoutingConfiguration.AdditionalVersionWeights',
    'LambdaManagedInstancesCapacityProviderConfig.ExecutionEnvironmentMemoryGiBPerVCpu',
    'TargetTrackingScalingPolicy.TargetValue',
  ],
  rds: [
    'CreateDBShardGroupMessage.MaxACU',
    'CreateDBShardGroupMessage.MinACU',
    'DBShardGroup.MaxACU',
    'DBShardGroup.MinACU',
    'DoubleRange.From',
    'DoubleRange.To',
    'LimitlessDatabase.MinRequiredACU',
    'ModifyDBShardGroupMessage.MaxACU',
    'ModifyDBShardGroupMessage.MinACU',
    'ScalarReferenceDetails.Value',
    'ServerlessV2FeaturesSupport.MaxCapacity',
    'ServerlessV2FeaturesSupport.MinCapacity',
    'ServerlessV2ScalingConfiguration.MaxCapacity',
    'ServerlessV2ScalingConfiguration.MinCapacity',
    'ServerlessV2ScalingConfigurationInfo.MaxCapacity',
    'ServerlessV2ScalingConfigurationInfo.MinCapacity',
  ],
  'rds-data': ['DoubleArray.member', 'Field.doubleValue', 'Value.doubleValue', 'Value.realValue'],
};

/** Whole numbers of 64 bits that are data, not counts: beyond what a number holds exactly they are bigints. */
export const WIDE: Readonly<Record<string, readonly string[]>> = {
  'rds-data': ['Field.longValue', 'LongArray.member', 'Value.bigIntValue'],
};

/** Operations whose XML output is the text of its root element (the trait `s3UnwrappedXmlOutput`). */
export const UNWRAPPED: Readonly<Record<string, readonly string[]>> = {
  s3: ['GetBucketLocation'],
};
