"""The policies that come with the product, one YAML file each; ``extends`` builds on another."""
