"""What we ask of gateways: typed requests and results, failures that say what to do, one protocol for all."""
