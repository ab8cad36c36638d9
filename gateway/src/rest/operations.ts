/**
 * Every GraphQL operation that the REST facade runs. A mutation selects the product's fields, which come from the
 * query subgraph at the version just written: when it answers, the product is readable.
 */
const product = 'id version name description price createdAt updatedAt';
const command = 'id state productId version rejection { code message field currentVersion }';

export const operations = {
  RestCreateProduct: `mutation RestCreateProduct($input: CreateProductInput!) {
    payload: createProduct(input: $input) { command { ${command} } productId version product { ${product} } }
  }`,
  RestUpdateProduct: `mutation RestUpdateProduct($input: UpdateProductInput!) {
    payload: updateProduct(input: $input) { command { ${command} } productId version product { ${product} } }
  }`,
  RestDeleteProduct: `mutation RestDeleteProduct($input: DeleteProductInput!) {
    payload: deleteProduct(input: $input) { command { ${command} } productId version product { id } }
  }`,
  RestProduct: `query RestProduct($id: ID!, $minVersion: Int) {
    product(id: $id, minVersion: $minVersion) { ${product} }
  }`,
  RestProductPage: `query RestProductPage($search: String, $page: Int!, $size: Int!) {
    productPage(search: $search, page: $page, size: $size) {
      products { ${product} } hasMore totalCount totalCountIsExact
    }
  }`,
  RestCommand: `query RestCommand($id: ID!) {
    command(id: $id) { ${command} }
  }`,
} as const;

export type OperationName = keyof typeof operations;

export interface GraphProduct {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly description: string;
  readonly price: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type RejectionCode = 'NOT_FOUND' | 'VERSION_CONFLICT' | 'ALREADY_EXISTS' | 'IDEMPOTENCY_KEY_REUSED' | 'INTERNAL';

export interface GraphCommand {
  readonly id: string;
  readonly state: 'PENDING' | 'COMMITTED' | 'REJECTED';
  readonly productId: string | null;
  readonly version: number | null;
  readonly rejection: {
    readonly code: RejectionCode;
    readonly message: string;
    readonly field: string | null;
    readonly currentVersion: number | null;
  } | null;
}

export interface GraphPayload {
  readonly command: GraphCommand;
  readonly productId: string;
  readonly version: number | null;
  readonly product: GraphProduct | null;
}

export interface GraphPage {
  readonly products: readonly GraphProduct[];
  readonly hasMore: boolean;
  readonly totalCount: number;
  readonly totalCountIsExact: boolean;
}

/** What each operation's `data` holds when it has no errors. */
export interface OperationData {
  RestCreateProduct: { readonly payload: GraphPayload };
  RestUpdateProduct: { readonly payload: GraphPayload };
  RestDeleteProduct: { readonly payload: GraphPayload };
  RestProduct: { readonly product: GraphProduct | null };
  RestProductPage: { readonly productPage: GraphPage };
  RestCommand: { readonly command: GraphCommand | null };
}
