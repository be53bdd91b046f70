"""HTTP in: one blueprint for every tool. What a delivery means is decided in ``service.deliveries``."""
