/** The operations that the clients send, and what they answer. */

export interface Product {
  id: string;
  version: number;
  name: string;
  price: string;
}

export const CREATE = `mutation Create($input: CreateProductInput!) {
  createProduct(input: $input) {
    command { id state rejection { code } }
    productId
    product { id version name price }
  }
}`;
export interface Create {
  createProduct: {
    command: { id: string; state: string; rejection: { code: string } | null };
    productId: string;
    product: Product | null;
  };
}

export const UPDATE = `mutation Update($input: UpdateProductInput!) {
  updateProduct(input: $input) {
    command { id state rejection { code currentVersion } }
    product { id version name price }
  }
}`;
export interface Update {
  updateProduct: {
    command: { id: string; state: string; rejection: { code: string; currentVersion: number | null } | null };
    product: Product | null;
  };
}

export const PRODUCT = `query Product($id: ID!) {
  product(id: $id) { id version name price }
}`;
export interface ProductById {
  product: Product | null;
}

export const CREATED = `subscription Created {
  productCreated { productId version product { id version name price } }
}`;
export interface Created {
  productCreated: { productId: string; version: number; product: Product };
}

/** An input that tells its test: all clients of a file use one system. */
export function named(name: string, price = '19.99') {
  return { name, description: 'Made by a client that no one here wrote.', price };
}
