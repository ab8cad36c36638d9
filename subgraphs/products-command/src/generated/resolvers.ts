import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { Context } from '../context.ts';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /**
   * An exact decimal, at least 0, with at most 11 digits before and 4 after the point.
   * Written as a string; a string or a number is read.
   */
  Decimal: { input: unknown; output: string; }
  _FieldSet: { input: unknown; output: unknown; }
};

export type Command = {
  __typename?: 'Command';
  id: Scalars['ID']['output'];
  /** Null where only the command's id is known. */
  productId?: Maybe<Scalars['ID']['output']>;
  /** Why the command was refused; null unless REJECTED. */
  rejection?: Maybe<Rejection>;
  state: CommandState;
  /** The product's version after the command; null unless COMMITTED. */
  version?: Maybe<Scalars['Int']['output']>;
};

export type CommandState =
  | 'COMMITTED'
  /** No outcome is known yet. */
  | 'PENDING'
  | 'REJECTED';

export type CreateProductInput = {
  /** 1 to 5000 characters after trimming. */
  description: Scalars['String']['input'];
  /** Repeating a mutation with the same key and content gives the first outcome, for 7 days. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 250 characters after trimming. */
  name: Scalars['String']['input'];
  price: Scalars['Decimal']['input'];
  wait?: Wait;
};

export type DeleteProductInput = {
  expectedVersion?: InputMaybe<Scalars['Int']['input']>;
  id: Scalars['ID']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  wait?: Wait;
};

export type Mutation = {
  __typename?: 'Mutation';
  createProduct: ProductCommandPayload;
  deleteProduct: ProductCommandPayload;
  updateProduct: ProductCommandPayload;
};


export type MutationCreateProductArgs = {
  input: CreateProductInput;
};


export type MutationDeleteProductArgs = {
  input: DeleteProductInput;
};


export type MutationUpdateProductArgs = {
  input: UpdateProductInput;
};

export type Product = {
  __typename?: 'Product';
  id: Scalars['ID']['output'];
};

export type ProductCommandPayload = {
  __typename?: 'ProductCommandPayload';
  command: Command;
  /** The product, at least as new as `version`; null when PENDING, REJECTED or deleted. */
  product?: Maybe<Product>;
  productId: Scalars['ID']['output'];
  /** The product's version after the command; null unless COMMITTED. */
  version?: Maybe<Scalars['Int']['output']>;
};

export type Rejection = {
  __typename?: 'Rejection';
  code: RejectionCode;
  /** The product's version when the command was refused, where it has one. */
  currentVersion?: Maybe<Scalars['Int']['output']>;
  /** The input field at fault, where there is one. */
  field?: Maybe<Scalars['String']['output']>;
  message: Scalars['String']['output'];
};

export type RejectionCode =
  | 'ALREADY_EXISTS'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'INTERNAL'
  | 'NOT_FOUND'
  | 'VERSION_CONFLICT';

/** Absent fields stay as they are. */
export type UpdateProductInput = {
  description?: InputMaybe<Scalars['String']['input']>;
  /** Refused with VERSION_CONFLICT unless the product has this version. */
  expectedVersion?: InputMaybe<Scalars['Int']['input']>;
  id: Scalars['ID']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  name?: InputMaybe<Scalars['String']['input']>;
  price?: InputMaybe<Scalars['Decimal']['input']>;
  wait?: Wait;
};

/** What a mutation waits for before it answers. */
export type Wait =
  /** That the command is accepted: it is in the log and will reach an outcome. */
  | 'NONE'
  /** The command's outcome, for a few seconds; after that the answer says PENDING. */
  | 'OUTCOME';



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;





/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Command: ResolverTypeWrapper<Command>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  CommandState: CommandState;
  CreateProductInput: CreateProductInput;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Decimal: ResolverTypeWrapper<Scalars['Decimal']['output']>;
  DeleteProductInput: DeleteProductInput;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Product: ResolverTypeWrapper<Product>;
  ProductCommandPayload: ResolverTypeWrapper<ProductCommandPayload>;
  Rejection: ResolverTypeWrapper<Rejection>;
  RejectionCode: RejectionCode;
  UpdateProductInput: UpdateProductInput;
  Wait: Wait;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Command: Command;
  ID: Scalars['ID']['output'];
  Int: Scalars['Int']['output'];
  CreateProductInput: CreateProductInput;
  String: Scalars['String']['output'];
  Decimal: Scalars['Decimal']['output'];
  DeleteProductInput: DeleteProductInput;
  Mutation: Record<PropertyKey, never>;
  Product: Product;
  ProductCommandPayload: ProductCommandPayload;
  Rejection: Rejection;
  UpdateProductInput: UpdateProductInput;
  Boolean: Scalars['Boolean']['output'];
};

export type CommandResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Command'] = ResolversParentTypes['Command']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  productId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  rejection?: Resolver<Maybe<ResolversTypes['Rejection']>, ParentType, ContextType>;
  state?: Resolver<ResolversTypes['CommandState'], ParentType, ContextType>;
  version?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export interface DecimalScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Decimal'], any> {
  name: 'Decimal';
}

export type MutationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  createProduct?: Resolver<ResolversTypes['ProductCommandPayload'], ParentType, ContextType, RequireFields<MutationCreateProductArgs, 'input'>>;
  deleteProduct?: Resolver<ResolversTypes['ProductCommandPayload'], ParentType, ContextType, RequireFields<MutationDeleteProductArgs, 'input'>>;
  updateProduct?: Resolver<ResolversTypes['ProductCommandPayload'], ParentType, ContextType, RequireFields<MutationUpdateProductArgs, 'input'>>;
};

export type ProductResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Product'] = ResolversParentTypes['Product']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type ProductCommandPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ProductCommandPayload'] = ResolversParentTypes['ProductCommandPayload']> = {
  command?: Resolver<ResolversTypes['Command'], ParentType, ContextType>;
  product?: Resolver<Maybe<ResolversTypes['Product']>, ParentType, ContextType>;
  productId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  version?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type RejectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Rejection'] = ResolversParentTypes['Rejection']> = {
  code?: Resolver<ResolversTypes['RejectionCode'], ParentType, ContextType>;
  currentVersion?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  field?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type Resolvers<ContextType = Context> = {
  Command?: CommandResolvers<ContextType>;
  Decimal?: GraphQLScalarType;
  Mutation?: MutationResolvers<ContextType>;
  Product?: ProductResolvers<ContextType>;
  ProductCommandPayload?: ProductCommandPayloadResolvers<ContextType>;
  Rejection?: RejectionResolvers<ContextType>;
};

