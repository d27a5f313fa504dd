"""What a server makes of input that is broken, hostile or secret."""
