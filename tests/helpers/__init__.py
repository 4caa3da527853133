"""What tests share: lists of cases, trainings on both engines, files for Keras and back."""
