"""Billing: charges, monthly invoices, and whether they are paid."""
