"""Train and meter spiking, convolutional and fully connected networks."""
